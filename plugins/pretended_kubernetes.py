"""The package `kubernetes`, pretended: for rehearsals, where there is no cluster. Objects are written down, and nothing is run.

Which keys an object may have is not looked at: a test compares them with the provider's types.
"""

from __future__ import annotations

from importlib.metadata import version

from plugins.provider import Diff, Failure, Log, ProviderError, changed_properties
from plugins.values import Values

IDENTITY = ("name", "namespace")
"""Keys of an object's metadata that only another object can have."""


class KubernetesProvider:
    """Every object becomes at once what it should be."""

    async def check(self, type: str, inputs: Values) -> list[Failure]:
        """An object without a name: the original makes one up, and then nobody could find it again."""
        named = (inputs.get("metadata") or {}).get("name")
        return [] if named else [Failure(property="metadata.name", reason="is required here and missing")]

    def diff(self, type: str, old_inputs: Values, new_inputs: Values) -> Diff:
        """Another name or namespace is another object."""
        before, after = (each.get("metadata") or {} for each in (old_inputs, new_inputs))
        moved = any(before.get(key) != after.get(key) for key in IDENTITY)
        return Diff(
            changed=changed_properties(old_inputs, new_inputs), replace=("metadata",) if moved else ()
        )

    async def create(self, type: str, inputs: Values, log: Log) -> Values:
        """What it should be, by namespace and name."""
        metadata = inputs["metadata"]
        return {**inputs, "id": "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))}

    async def read(self, type: str, id: str, outputs: Values) -> Values | None:
        """As it was."""
        return outputs

    async def update(
        self, type: str, old_inputs: Values, old_outputs: Values, new_inputs: Values, log: Log
    ) -> Values:
        """What it should be now."""
        return dict(new_inputs)

    async def delete(self, type: str, id: str, inputs: Values, outputs: Values, log: Log) -> None:
        """Nothing is left of it in any case."""

    async def invoke(self, token: str, args: Values) -> Values:
        """There is nothing to be asked."""
        raise ProviderError(f"{token} is not pretended")

    def preview_outputs(self, type: str, old_outputs: Values | None, new_inputs: Values) -> Values:
        """The same as afterwards."""
        return dict(new_inputs)


class Kubernetes:
    """The package (a `Package`); to each of its configurations there is the same provider, and no cluster."""

    name = "kubernetes"
    version = version("pulumi-kubernetes")
    secrets: frozenset[str] = frozenset()

    def check(self, inputs: Values) -> list[Failure]:
        """A provider that does not say where its cluster is would take the ambient one."""
        told = inputs.get("kubeconfig") and inputs.get("context")
        return [] if told else [Failure(property="kubeconfig", reason="and context are required here")]

    def diff(self, old_inputs: Values, new_inputs: Values) -> Diff:
        """Another cluster holds nothing yet."""
        changed = changed_properties(old_inputs, new_inputs)
        return Diff(changed=changed, replace=tuple(each for each in changed if each == "clusterIdentifier"))

    def configured(self, inputs: Values) -> KubernetesProvider:
        """The one that there is."""
        return KubernetesProvider()
