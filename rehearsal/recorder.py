"""What the state and the program are told of a resource: which outputs are secret, and what is kept of them."""

from __future__ import annotations

from rehearsal import urn as urns
from rehearsal.goal import Goal
from rehearsal.provider import Registry
from rehearsal.state import Resource, State
from rehearsal.values import Digest, Secret, Value, Values, has_secret, leaves, plain
from rehearsal.vault import Vault


class Recorder:
    """Writes resources to `state`; what is secret goes through `vault`."""

    def __init__(self, *, state: State, vault: Vault, registry: Registry) -> None:
        self.state = state
        self.vault = vault
        self.registry = registry

    def record(self, goal: Goal, old: Resource | None, *, id: str, inputs: Values, outputs: Values) -> None:
        """Put what the resource is now into the state, in the place of `old`, and save it."""
        public = self._public(goal)
        new = Resource(
            urn=goal.urn,
            custom=goal.custom,
            id=id,
            parent=goal.parent,
            inputs=inputs,
            outputs=self.vault.conceal(outputs, public),
            dependencies=goal.dependencies,
            property_dependencies=goal.property_dependencies,
            protect=goal.protect,
            retain_on_delete=goal.retain_on_delete,
            deleted_with=goal.deleted_with,
            replace_on_changes=goal.replace_on_changes,
            provider=goal.provider if goal.custom else "",
        )
        if new != old:
            self.state.put(new, instead_of=old)
            self.state.save()

    def concealed(self, goal: Goal) -> Values:
        """The inputs as the state keeps them."""
        return self.vault.conceal(goal.inputs, self._public(goal))

    def _public(self, goal: Goal) -> frozenset[str]:
        if not goal.custom:
            return frozenset()
        return self.registry.get(urns.type_of(goal.urn), goal.provider).public

    def restored(self, goal: Goal, old: Resource) -> Values:
        """The old outputs; a secret that is also an input comes from there, the others from what this run knows."""
        concealed = self.concealed(goal)
        return {
            name: plain(goal.inputs[name])
            if name in goal.inputs and concealed[name] == value
            else self.vault.reveal(value)
            for name, value in old.outputs.items()
        }

    def marked(self, goal: Goal, outputs: Values) -> Values:
        """The outputs with Secret where the input of the same name is one, the program asked for it, or it shows."""
        marked: Values = {}
        for name, value in outputs.items():
            given = goal.inputs.get(name)
            if name in goal.inputs and plain(given) == plain(value):
                marked[name] = given
            elif has_secret(given) or name in goal.secret_outputs:
                marked[name] = value if isinstance(value, Secret) else Secret(plain(value))
            else:
                marked[name] = value
        return self.wary(marked)

    def wary(self, values: Values) -> Values:
        """The values with Secret around each that shows a known secret in its text."""

        def shows(value: Value) -> bool:
            texts = (leaf for leaf in leaves(value) if isinstance(leaf, str))
            return any(self.vault.mask(text) != text for text in texts)

        return {
            name: Secret(value) if not has_secret(value) and shows(value) else value
            for name, value in values.items()
        }


def lost_secret(resource: Resource) -> str:
    """Why a delete is refused whose secrets are known to nobody, and what to do."""

    def paths(value: Value, path: str) -> list[str]:
        if isinstance(value, Digest):
            return [path]
        if isinstance(value, dict):
            return [found for key, item in value.items() for found in paths(item, f"{path}.{key}")]
        if isinstance(value, list):
            return [found for index, item in enumerate(value) for found in paths(item, f"{path}[{index}]")]
        return []

    names = [found for name, value in resource.inputs.items() for found in paths(value, name)]
    return (
        f"deleting it needs {', '.join(names)}, of which the state has only a digest and the program no longer the "
        f"value; give the program that value again, or drop the resource from the state without contacting "
        f"anything: python -m rehearsal forget {resource.name} --stack STACK"
    )
