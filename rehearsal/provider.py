"""What the engine asks of a provider, and which providers there are. Not for any one resource's behaviour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    deletes_by_id: bool
    """Whether `delete` goes by the outputs alone, so that no secret among the inputs needs to be found for it."""

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


class Configurable(Protocol):
    """A package each of whose resources names a provider of its own, such as one for each region."""

    def check(self, inputs: Values) -> list[Failure]:
        """What is wrong with the inputs of such a provider; [] if nothing."""
        ...

    def configured(self, inputs: Values) -> Provider:
        """The provider that these inputs describe."""
        ...


PROVIDERS: dict[str, str | Provider] = {
    "command": "rehearsal.command:CommandProvider",
}
"""Package name -> its provider, or where the class of it is, which is imported when the program first uses it."""

PROVIDER_PREFIX = "pulumi:providers:"
"""Of the type of a provider that the program makes itself."""


class UnsupportedPackage(Exception):
    """The program uses a package that the rehearsal has no provider for."""


class Registry:
    """The providers of one run, made when first asked for."""

    def __init__(
        self,
        providers: Mapping[str, str | Provider] = PROVIDERS,
        configurable: Mapping[str, Configurable] | None = None,
    ) -> None:
        self._providers = dict(providers)
        self._configurable = configurable or {}
        self._configured: dict[str, Provider] = {}

    def get(self, token: str, reference: str = "") -> Provider:
        """The provider of a type or function token; `reference` is the URN of the one that the program names for it.

        Raises UnsupportedPackage.
        """
        package = token.partition(":")[0]
        if package in self._configurable:
            if reference not in self._configured:
                raise UnsupportedPackage(
                    f"{token} names no provider, and there are no default ones here for {package}; "
                    "make one and hand it down with the option `providers`, or `parent`"
                )
            return self._configured[reference]
        if token.startswith(PROVIDER_PREFIX) and token.removeprefix(PROVIDER_PREFIX) in self._configurable:
            return ExplicitProvider(self._configurable[token.removeprefix(PROVIDER_PREFIX)])
        found = self._providers.get(package)
        if found is None:
            known = ", ".join(sorted({*self._providers, *self._configurable}))
            is_aws = token.removeprefix(PROVIDER_PREFIX).partition(":")[0] == "aws"
            pretend = ", or pretend its cloud with --pretend-cloud" if is_aws else ""
            raise UnsupportedPackage(
                f"{token} is not supported by the rehearsal, which has the packages {known}; "
                f"use the Pulumi CLI for this stack{pretend}"
            )
        if isinstance(found, str):
            module, _, name = found.partition(":")
            found = self._providers[package] = getattr(import_module(module), name)()
        return found

    def configure(self, urn: str, type: str, inputs: Values) -> None:
        """From now on `urn` is the provider that these inputs describe; nothing happens if `type` is no provider's."""
        package = type.removeprefix(PROVIDER_PREFIX)
        if type.startswith(PROVIDER_PREFIX) and package in self._configurable:
            self._configured[urn] = self._configurable[package].configured(inputs)


class ExplicitProvider:
    """The provider that the program makes itself, as a resource: it consists of its inputs."""

    public = frozenset[str]()
    deletes_by_id = True

    def __init__(self, package: Configurable) -> None:
        self._package = package

    async def check(self, type: str, inputs: Values) -> list[Failure]:
        """As the package says."""
        return self._package.check(inputs)

    def diff(self, type: str, old_inputs: Values, new_inputs: Values) -> Diff:
        """Raises ProviderError for another region: everything in the old one would have to be replaced."""
        changed = changed_properties(old_inputs, new_inputs)
        if "region" in changed:
            raise ProviderError(
                f"its region was {old_inputs.get('region')} and is now {new_inputs.get('region')}, which the rehearsal "
                "cannot do in one run; destroy the stack first, or give the new region a provider of its own"
            )
        return Diff(changed=changed)

    async def create(self, type: str, inputs: Values, log: Log) -> Values:
        """Makes nothing."""
        return dict(inputs)

    async def update(
        self, type: str, old_inputs: Values, old_outputs: Values, new_inputs: Values, log: Log
    ) -> Values:
        """Changes nothing but the record."""
        return dict(new_inputs)

    def acts_on_delete(self, type: str, inputs: Values) -> bool:
        """There is nothing to delete."""
        return False

    async def delete(self, type: str, inputs: Values, outputs: Values, log: Log) -> None:
        """Deletes nothing."""

    async def invoke(self, token: str, args: Values) -> Values:
        """A provider's own methods are not there."""
        raise ProviderError(f"{token} is not supported by the rehearsal; use the Pulumi CLI")

    def preview_outputs(self, type: str, old_outputs: Values | None, new_inputs: Values) -> Values:
        """The inputs."""
        return dict(new_inputs)


def changed_properties(old: Values, new: Values) -> tuple[str, ...]:
    """Names of the top-level properties that differ, absent counting as null, in alphabetical order."""

    def differs(name: str) -> bool:
        before: Value = old.get(name)
        after: Value = new.get(name)
        return before != after

    return tuple(sorted(name for name in old.keys() | new.keys() if differs(name)))
