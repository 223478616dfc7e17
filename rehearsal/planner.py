"""Decisions as plain functions: what is to be done with a resource, and in which order deletions go. Does nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rehearsal import property_path
from rehearsal.provider import Diff
from rehearsal.state import Resource
from rehearsal.values import UNKNOWN, Values


class Operation(StrEnum):
    """What can happen to a resource, in the words of Pulumi's events."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    DELETE = "delete"
    READ = "read"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One resource's operation (SAME, CREATE, UPDATE or REPLACE) and the properties that led to it."""

    operation: Operation
    changed: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()


def decide(old: Resource | None, diff: Diff | None) -> Plan:
    """The operation that follows from what is there and what changed; `diff` is None when nothing was compared."""
    if old is None:
        return Plan(operation=Operation.CREATE)
    if diff is None or not diff.changed:
        return Plan(operation=Operation.SAME)
    operation = Operation.REPLACE if diff.replace else Operation.UPDATE
    return Plan(operation=operation, changed=diff.changed, replace=diff.replace)


def with_replace_on_changes(diff: Diff, paths: Sequence[str], old: Values, new: Values) -> Diff:
    """The diff with those changed properties made replacing that the option `replaceOnChanges` names."""
    replace = set(diff.replace)
    for text in paths:
        path = property_path.parse(text)
        if not path or path[0] == "*":
            replace |= set(diff.changed)
        elif path[0] in diff.changed and property_path.get(old, path) != property_path.get(new, path):
            replace.add(str(path[0]))
    return Diff(changed=diff.changed, replace=tuple(sorted(replace)))


def with_provider(diff: Diff, old: str, new: str) -> Diff:
    """The diff with a replacement if another provider (by URN) is named than before, since it may work elsewhere."""
    if old == new:
        return diff
    return Diff(changed=(*diff.changed, "provider"), replace=(*diff.replace, "provider"))


def dependents_replaced(
    root: Resource,
    resources: Sequence[Resource],
    registered: Collection[str],
    diff: Callable[[Resource, Values], Diff],
) -> list[Resource]:
    """What must be deleted before `root` is, when that is deleted before it is created again: resources of which
    a property that only a replacement can change comes from it, directly or through others. Dependencies first.

    `registered` are the URNs that this run has been through already; they cannot depend on `root`.
    """
    replaced = {root.urn}
    found: list[Resource] = []
    for resource in reversed([r for wave in deletion_waves(resources) for r in wave]):
        if resource is root or resource.urn in registered or not resource.custom or resource.external:
            continue
        fed = {
            name
            for name, group in resource.property_dependencies.items()
            if name in resource.inputs and replaced & set(group)
        }
        if resource.deleted_with in replaced:
            must = True
        elif fed:
            inputs = {name: UNKNOWN if name in fed else item for name, item in resource.inputs.items()}
            plain_diff = diff(resource, inputs)
            must = bool(
                with_replace_on_changes(
                    plain_diff, resource.replace_on_changes, resource.inputs, inputs
                ).replace
            )
        else:
            must = False
        if must:
            replaced.add(resource.urn)
            found.append(resource)
    return found


def deletion_waves(resources: Sequence[Resource]) -> list[list[Resource]]:
    """Groups in which to delete: nothing is deleted before everything that needs it (dependencies, parent,
    deletedWith); within a group the order is free. A circle, which an old version and the new one of two resources
    can form, is cut at the youngest."""
    remaining = list(resources)
    waves: list[list[Resource]] = []
    while remaining:
        needed = {urn for resource in remaining for urn in resource.needs()}
        wave = [resource for resource in remaining if resource.urn not in needed] or [remaining[-1]]
        waves.append(wave)
        chosen = {id(resource) for resource in wave}
        remaining = [resource for resource in remaining if id(resource) not in chosen]
    return waves
