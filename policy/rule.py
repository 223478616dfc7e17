"""What a rule is. Rules see a resource's inputs as the engine does, in camelCase, and need nothing but Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Properties = Mapping[str, Any]
Check = Callable[[Properties], "str | None"]
"""What is wrong with a resource of those inputs: what it has and what is allowed. None: nothing."""

_SECRET = "4dabf18193072939515e22adb298388d"
"""The key that marks a secret in Pulumi's own format."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One promise about resources of the types `on`, with the inputs of one that keeps it and of one that does not.

    `ids` are the same promise's names elsewhere: AWS Foundational Security Best Practices, and checkov (CKV…).
    With `protected`, only stacks with `slipway:protected: true` must keep it.
    """

    name: str
    what: str
    on: tuple[str, ...]
    ids: tuple[str, ...]
    check: Check
    passes: Properties
    fails: Properties
    protected: bool


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A rule that a resource does not keep."""

    rule: str
    what: str
    reason: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.what} {self.reason}"


def rule(
    *on: str, ids: tuple[str, ...] = (), passes: Properties, fails: Properties, protected: bool = False
) -> Callable[[Check], Rule]:
    """Makes a rule of a check; its name and docstring become the rule's."""

    def made(check: Check) -> Rule:
        return Rule(
            name=check.__name__.replace("_", "-"),
            what=" ".join((check.__doc__ or "").split()),
            on=on,
            ids=ids,
            check=check,
            passes=passes,
            fails=fails,
            protected=protected,
        )

    return made


def plain(value: Any) -> Any:
    """`value` without Pulumi's marks around secrets."""
    if isinstance(value, Mapping):
        if _SECRET in value:
            return plain(value.get("value"))
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def is_true(value: Any) -> bool:
    """Whether a flag is set; launch templates have some as text."""
    return value is True or value == "true"


def document(value: Any) -> Mapping[str, Any]:
    """A policy document, which inputs have as JSON text."""
    return json.loads(value) if isinstance(value, str) else value or {}


def statements(value: Any, effect: str) -> list[Mapping[str, Any]]:
    """Those statements of a policy document that allow, or deny."""
    found = document(value).get("Statement", [])
    return [each for each in (found if isinstance(found, list) else [found]) if each.get("Effect") == effect]


def listed(value: Any) -> list[Any]:
    """A value that may be one or several, as a list."""
    return [] if value is None else [value] if isinstance(value, str | Mapping) else list(value)


def count(value: Any) -> int:
    """How many a list has, whether or not they are known yet."""
    return 0 if value is None else len(value)


def stated(properties: Properties, key: str) -> bool:
    """Whether there is a value, known or not: in a preview, looking at one that is not known yet is an error."""
    return key in tuple(properties)
