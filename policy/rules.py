"""The table: every rule there is, and what a resource or a whole stack does not keep."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from policy import clusters, load_balancing, machines, network, permissions, storage
from policy.companions import COMPANIONS, Declared, missing
from policy.rule import Properties, Rule, Violation, plain


def _rules(module: ModuleType) -> list[Rule]:
    return [each for each in vars(module).values() if isinstance(each, Rule)]


SECTIONS: dict[str, tuple[Rule, ...]] = {
    "Machines": tuple(_rules(machines)),
    "Network": tuple(_rules(network)),
    "Load balancing": tuple(_rules(load_balancing)),
    "Clusters": tuple(_rules(clusters)),
    "Storage, logs and keys": tuple(_rules(storage)),
    "Permissions": tuple(_rules(permissions)),
}
RULES: tuple[Rule, ...] = tuple(rule for section in SECTIONS.values() for rule in section)


def violations(type: str, properties: Properties, *, protected: bool = False) -> list[Violation]:
    """What a resource of that type and those inputs does not keep. Secrets may have Pulumi's marks.

    With `protected` also what only protected stacks must keep.
    """
    found = []
    for rule in RULES:
        if (
            type in rule.on
            and (protected or not rule.protected)
            and (reason := rule.check(plain(properties)))
        ):
            found.append(Violation(rule=rule.name, what=rule.what, reason=reason))
    return found


def stack_violations(declared: Iterable[Declared], *, protected: bool = False) -> list[tuple[str, Violation]]:
    """What is missing beside the resources of a whole stack, each with the URN of the resource."""
    declared = tuple(declared)
    return [
        found
        for companion in COMPANIONS
        if protected or not companion.protected
        for found in missing(companion, declared).items()
    ]
