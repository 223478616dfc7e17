"""What a package of resources does, in plain values. Not for how the engine asks for it: that is `servicer.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from plugins.values import Value, Values

Log = Callable[[str, Literal["stdout", "stderr"]], None]
"""Takes one line (without its newline) that a resource printed while it was worked on, as it happens."""


class ProviderError(Exception):
    """An operation failed; the message is for people."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One reason why inputs are refused: `property` is its name, empty when it is none in particular."""

    property: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Diff:
    """Top-level properties that changed, and those among them that only a replacement can change."""

    changed: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()


class Provider(Protocol):
    """One package of resources, configured. `type` is a full token such as `command:local:Command`.

    `check` and `preview_outputs` may see UNKNOWN. Relative paths count from the working directory, which is the project's. Every
    coroutine may be cancelled (Ctrl-C) and must then end what it started. Failures are raised as ProviderError.
    """

    async def check(self, type: str, inputs: Values) -> list[Failure]:
        """What is wrong with the inputs: unknown type, missing, misspelt or mistyped properties; [] if nothing."""
        ...

    def diff(self, type: str, old_inputs: Values, new_inputs: Values) -> Diff:
        """What changed between the inputs of the last run and these."""
        ...

    async def create(self, type: str, inputs: Values, log: Log) -> Values:
        """Create the resource and return its outputs, `id` among them."""
        ...

    async def read(self, type: str, id: str, outputs: Values) -> Values | None:
        """Its outputs as they are now; None when it is gone."""
        ...

    async def update(
        self, type: str, old_inputs: Values, old_outputs: Values, new_inputs: Values, log: Log
    ) -> Values:
        """Change the resource in place and return its outputs."""
        ...

    async def delete(self, type: str, id: str, inputs: Values, outputs: Values, log: Log) -> None:
        """Delete the resource, with the inputs it was last created or updated with."""
        ...

    async def invoke(self, token: str, args: Values) -> Values:
        """Call a function such as `command:local:run`; runs in preview too."""
        ...

    def preview_outputs(self, type: str, old_outputs: Values | None, new_inputs: Values) -> Values:
        """The outputs as far as known before the operation, else UNKNOWN; `old_outputs` is None for a create."""
        ...


class Package(Protocol):
    """What a plugin serves: a name, and a provider for each configuration that the program makes of it."""

    name: str
    version: str
    secrets: frozenset[str]
    """Properties that are secrets wherever they stand."""

    def check(self, inputs: Values) -> list[Failure]:
        """What is wrong with a configuration; [] if nothing."""
        ...

    def diff(self, old_inputs: Values, new_inputs: Values) -> Diff:
        """What changed between two configurations; whatever is in `replace` replaces every resource of it."""
        ...

    def configured(self, inputs: Values) -> Provider:
        """The provider that this configuration describes."""
        ...


def changed_properties(old: Values, new: Values) -> tuple[str, ...]:
    """Names of the top-level properties that differ, absent counting as null, in alphabetical order."""

    def differs(name: str) -> bool:
        before: Value = old.get(name)
        after: Value = new.get(name)
        return before != after

    return tuple(sorted(name for name in old.keys() | new.keys() if differs(name)))
