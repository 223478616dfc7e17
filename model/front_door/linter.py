"""What the rules find about a front door, and docs/front-door-findings.md, written from the rules themselves."""

from collections.abc import Sequence

from model.front_door.rule import Facts, Finding, Rule
from model.front_door.rules import RULES


def findings(facts: Facts, rules: Sequence[Rule] = RULES) -> list[Finding]:
    """Everything that is found, rule after rule."""
    return [
        Finding(code=rule.code, evidence=evidence, remedy=rule.remedy, error=rule.error)
        for rule in rules
        for evidence in rule.evidence(facts)
    ]


def documentation() -> str:
    """The whole page."""
    rows = [
        f"| `{rule.code}` | {rule.what} | {rule.remedy} | {'refused' if rule.error else 'warning'} |"
        for rule in RULES
    ]
    return (
        "\n".join(
            [_INTRODUCTION, "| code | what should hold | remedy | protected |", "|---|---|---|---|", *rows]
        )
        + "\n"
    )


_INTRODUCTION = """# What a preview finds about a front door

Each `preview` and `up` of a stack with `slipway:frontDoor` looks for what makes a failover fail on the day it is needed. A
finding has a code, the evidence, and the remedy. It is a warning; in a stack with `slipway:protected: true` those that are marked
so refuse the run before anything is built or changed. What cannot be declared at all, such as an objective below the worst case
or the shared name as a region's own, is refused in every stack ([front-door.md](front-door.md)).

What runs in each region is known when the hosts have said so, so `releases-differ` comes at the end of a run; it refuses nothing,
so that it never stands in the way of a rollback. `no-standby` does not, either: draining a region is what one does in need.

Written by `make docs` from `model/front_door/rules.py`.
"""


if __name__ == "__main__":
    print(documentation(), end="")
