"""What the program wants one resource to be, read from its registration. Refuses by name what the engine lacks."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi.runtime.proto import resource_pb2

from rehearsal import urn as urns
from rehearsal.values import Values, from_struct


class UnsupportedOption(Exception):
    """The program uses a resource option that the rehearsal does not have; the message names it."""


@dataclass(kw_only=True)
class Goal:
    """One registration. `inputs` holds Secret and UNKNOWN markers; options are as inherited from the parent."""

    urn: str
    custom: bool
    parent: str
    provider: str
    inputs: Values
    dependencies: list[str]
    property_dependencies: dict[str, list[str]]
    protect: bool
    retain_on_delete: bool
    deleted_with: str
    delete_before_replace: bool
    ignore_changes: list[str]
    replace_on_changes: list[str]
    secret_outputs: frozenset[str]
    aliases: list[urns.Alias]


def read(
    request: resource_pb2.RegisterResourceRequest, stack: str, project: str, parent: Goal | None
) -> Goal:
    """The goal of one registration. Raises UnsupportedOption and UnsupportedValue."""
    _refuse(request)
    protect, retain = parent is not None and parent.protect, parent is not None and parent.retain_on_delete
    return Goal(
        urn=urns.create(stack, project, request.type, request.name, request.parent),
        custom=request.custom,
        parent=request.parent,
        # The reference is URN::ID; an ID has no colons, or is not known yet.
        provider=request.provider.rpartition("::")[0],
        inputs=from_struct(request.object),
        dependencies=sorted(set(request.dependencies)),
        property_dependencies={
            name: sorted(set(group.urns))
            for name, group in request.propertyDependencies.items()
            if group.urns
        },
        protect=request.protect if request.HasField("protect") else protect,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else retain,
        deleted_with=request.deletedWith or (parent.deleted_with if parent else ""),
        delete_before_replace=request.deleteBeforeReplace,
        ignore_changes=list(request.ignoreChanges),
        replace_on_changes=list(request.replaceOnChanges),
        secret_outputs=frozenset(request.additionalSecretOutputs),
        aliases=[*(urns.Alias(urn=urn) for urn in request.aliasURNs), *map(_alias, request.aliases)],
    )


def _alias(alias) -> urns.Alias:  # the stub types of alias_pb2 are not re-exported by the wheel
    if alias.WhichOneof("alias") == "urn":
        return urns.Alias(urn=alias.urn)
    spec = alias.spec
    return urns.Alias(
        name=spec.name,
        type=spec.type,
        stack=spec.stack,
        project=spec.project,
        parent=spec.parentUrn,
        no_parent=spec.noParent,
    )


def _refuse(request: resource_pb2.RegisterResourceRequest) -> None:
    used = {
        "import_": bool(request.importId),
        "a component of another language": request.remote,
        "transforms": bool(request.transforms),
        "hooks": request.HasField("hooks") and request.hooks.ByteSize() > 0,
        "replace_with": bool(request.replace_with),
        "replacement_trigger": request.HasField("replacement_trigger"),
        "env_var_mappings": bool(request.envVarMappings),
        "state_migrations": bool(request.state_migrations),
        "a parameterized package": bool(request.packageRef),
    }
    for option, is_used in used.items():
        if is_used:
            raise UnsupportedOption(
                f"{request.type} {request.name} uses {option}, which the rehearsal does not have; "
                "leave it out or use the Pulumi CLI for this stack"
            )
