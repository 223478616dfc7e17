"""What the engine asks of a provider, and which providers there are. Not for any one resource's behaviour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal, Protocol

from rehearsal.values import Value, Values

Log = Callable[[str, Literal["stdout", "stderr"]], None]
"""Takes one line (without its newline) that a resource printed while it was worked on, as it happens."""


class ProviderError(Exception):
    """An operation failed; the message is for people. Secret values in it are masked by the engine."""


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
    """One package of resources. `type` is a full token such as `command:local:Command`.

    Inputs of `check`, `create`, `update` (new) and `delete` are plain: no Secret markers inside; `check` and
    `preview_outputs` may see UNKNOWN. Returned outputs are plain too: the engine marks an output secret when
    the input of the same name was, or when the program asked for it. An output named `id` becomes the
    resource's id. Inputs and outputs out of the state (`old_inputs`, `old_outputs`) hold a Digest where a
    secret was; for `diff` the new inputs hold Digests too, so `==` compares (UNKNOWN equals no known value).
    Relative paths count from the working directory, which is the project's. Every coroutine may be cancelled
    (Ctrl-C) and must then end what it started. Failures are raised as ProviderError.
    """

    public: frozenset[str]
    """Dotted paths such as `connection.host` that stay readable though the SDK marks what holds them secret."""

    async def check(self, type: str, inputs: Values) -> list[Failure]:
        """What is wrong with the inputs: unknown type, missing, misspelt or mistyped properties; [] if nothing."""
        ...

    def diff(self, type: str, old_inputs: Values, new_inputs: Values) -> Diff:
        """What changed between the inputs of the last run and these."""
        ...

    async def create(self, type: str, inputs: Values, log: Log) -> Values:
        """Create the resource and return its outputs."""
        ...

    async def update(
        self, type: str, old_inputs: Values, old_outputs: Values, new_inputs: Values, log: Log
    ) -> Values:
        """Change the resource in place and return its outputs."""
        ...

    def acts_on_delete(self, type: str, inputs: Values) -> bool:
        """Whether `delete` does anything; if not, the engine drops it without looking for its secrets."""
        ...

    async def delete(self, type: str, inputs: Values, outputs: Values, log: Log) -> None:
        """Delete the resource, with the inputs it was last created or updated with (secrets found again)."""
        ...

    async def invoke(self, token: str, args: Values) -> Values:
        """Call a function such as `command:local:run`; runs in preview too."""
        ...

    def preview_outputs(self, type: str, old_outputs: Values | None, new_inputs: Values) -> Values:
        """The outputs as far as known before the operation, else UNKNOWN; `old_outputs` is None for a create."""
        ...


PROVIDERS = {
    "command": "rehearsal.command:CommandProvider",
}
"""Package name -> where its provider class is; imported when the program first uses it."""


class UnsupportedPackage(Exception):
    """The program uses a package that the rehearsal has no provider for."""


class Registry:
    """The providers of one run, made when first asked for."""

    def __init__(self, providers: dict[str, str] | None = None) -> None:
        self._places = PROVIDERS if providers is None else providers
        self._made: dict[str, Provider] = {}

    def get(self, token: str) -> Provider:
        """The provider of a type or function token. Raises UnsupportedPackage."""
        package = token.partition(":")[0]
        if package not in self._made:
            place = self._places.get(package)
            if place is None:
                known = ", ".join(sorted(self._places))
                raise UnsupportedPackage(
                    f"{token} is not supported by the rehearsal, which has the packages {known}; "
                    "use the Pulumi CLI for this stack"
                )
            module, _, name = place.partition(":")
            self._made[package] = getattr(import_module(module), name)()
        return self._made[package]


def changed_properties(old: Values, new: Values) -> tuple[str, ...]:
    """Names of the top-level properties that differ, absent counting as null, in alphabetical order."""

    def differs(name: str) -> bool:
        before: Value = old.get(name)
        after: Value = new.get(name)
        return before != after

    return tuple(sorted(name for name in old.keys() | new.keys() if differs(name)))
