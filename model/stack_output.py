"""A value that another stack tells: which one it is, and what becomes of it. Not for how that stack is asked."""

import difflib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from model import placeholder
from model.setting import Setting

_PART = r"[A-Za-z0-9_.-]+"
UNREADABLE: dict[str, Any] = {}
"""What the engine gives in place of a secret that it cannot decrypt."""


class StackOutput(Setting):
    """In place of a text: what another stack told when it was last brought up. Another value there is another release here."""

    stack: Annotated[str, Field(pattern=rf"^{_PART}/{_PART}/{_PART}$")]
    """`organization/project/stack`, in the same backend; in a folder or a bucket write `organization` for the first."""
    output: Annotated[str, Field(min_length=1)]
    """One of its outputs: a text, a number or a boolean. What is secret there arrives as one of `slipway:secrets` does."""


def _kind(value: Any) -> str:
    named = isinstance(value, dict) and not {"stack", "output"}.isdisjoint(value)
    return "(output)" if named or isinstance(value, StackOutput) else "(text)"


EnvironmentValue = Annotated[
    Annotated[str, Tag("(text)")] | Annotated[StackOutput, Tag("(output)")], Discriminator(_kind)
]


@dataclass(frozen=True, kw_only=True)
class Told:
    """All outputs of a stack, and the names of those that are secret."""

    outputs: Mapping[str, Any]
    secret: Collection[str] = ()


Reader = Callable[[str], Told]
"""Asks a stack by its name. Raises LookupError that says why it cannot."""


@dataclass(kw_only=True)
class Read:
    """What became of an environment: its texts, what is secret of it, and one sentence for each thing that is wrong.

    `unknown` are the names of secrets that only an `up` must know.
    """

    environment: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    unknown: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def read(environment: Mapping[str, str | StackOutput], ask: Reader, *, keyless: bool) -> Read:
    """Every value as a text. With `keyless` a secret may stay unread: nothing is changed. Each stack is asked once."""
    found, stacks = Read(), dict[str, Told]()
    for name, value in environment.items():
        if isinstance(value, str):
            found.environment[name] = value
            continue
        key = f"slipway:service.environment.{name}"
        try:
            if value.stack not in stacks:
                stacks[value.stack] = ask(value.stack)
        except LookupError as error:
            found.lines.append(
                f"{key}.stack is {value.stack}, which cannot be read ({error.args[0]}); name a stack of the same backend that "
                "was brought up, as `pulumi stack ls --all` lists them."
            )
            continue
        _take(found, name, value, stacks[value.stack], keyless)
    return found


def _take(found: Read, name: str, value: StackOutput, told: Told, keyless: bool) -> None:
    key = f"slipway:service.environment.{name}"
    if value.output not in told.outputs:
        close = difflib.get_close_matches(value.output, told.outputs, 1)
        hint = f"did you mean {close[0]}? " if close else ""
        there = ", ".join(sorted(told.outputs)) or "none"
        found.lines.append(
            f"{key}.output is {value.output}, which {value.stack} does not have; {hint}its outputs are: {there}."
        )
        return
    given, secret = told.outputs[value.output], value.output in told.secret
    text = _text(given)
    if secret and given == UNREADABLE:
        if keyless:
            found.secrets[name] = ""
            found.unknown.append(name)
            return
        found.lines.append(
            f"{key} is the secret {value.output} of {value.stack}, which cannot be decrypted here; both stacks need the same "
            "passphrase, or a secrets provider that this machine may use."
        )
    elif text is None:
        kind = {dict: "a map", list: "a list"}.get(type(given), "empty")
        found.lines.append(
            f"{key} is the output {value.output} of {value.stack}, which is {kind}; allowed is a text, a number or a boolean: "
            "export one of these there."
        )
    elif secret:
        found.secrets[name] = text
    elif placeholder.within(text):
        found.lines.append(
            f"{key} is the output {value.output} of {value.stack}, whose text has a placeholder such as {{port}} in it; "
            "write it into this stack file, where such things are filled in."
        )
    else:
        found.environment[name] = text


def _text(value: Any) -> str | None:
    """As an environment has it, or None for what has no single form. Outputs know no whole numbers: 5432 arrives as 5432.0."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value) if isinstance(value, str | int) else None
