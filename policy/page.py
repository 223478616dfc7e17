"""docs/policies.md, written from the table itself."""

from __future__ import annotations

from policy.companions import COMPANIONS
from policy.rules import SECTIONS

_INTRODUCTION = """# Policies

What every resource of every stack keeps to. The rules are one table of plain functions (`policy/`), run three ways: over every
resource of every stack in the tests; by Pulumi itself over what is about to happen, before it happens; and as this page.

```
make policy                                                     # once: the pack has packages of its own
make preview STACK=dev OPTIONS="--policy-pack policy/pack"      # refuses what breaks a rule; OFFLINE=1: without an account
make preview STACK=prod OPTIONS="--policy-pack policy/pack --policy-pack-config policy/protected.json"   # protected ones, too
```

Ids: AWS Foundational Security Best Practices (Security Hub), and checkov's (CKV…), whose rules these are re-implementations of;
checkov itself does not read Pulumi programs. *protected*: only stacks with `slipway:protected: true` must keep it.

Not here, on purpose: SNS.1 (alarms cannot be published to a topic that is encrypted with AWS's own key), S3.9, S3.14 and
S3.15 (access logs are neither logged themselves nor versioned), SSM.1 (the default image has no agent), CKV_AWS_46 (user data
holds the SSH key that the first connection is pinned to, and no other is: decision 45).
"""


def documentation() -> str:
    """The whole page."""
    lines = [_INTRODUCTION]
    for section, rules in SECTIONS.items():
        lines += [f"## {section}", "", *_HEADER]
        lines += [_row(rule.name, rule.what, rule.on, rule.ids, rule.protected) for rule in rules] + [""]
    lines += ["## What must stand beside what", "", *_HEADER]
    lines += [_row(each.name, each.what, (each.of,), each.ids, each.protected) for each in COMPANIONS]
    return "\n".join(lines) + "\n"


_HEADER = ("| rule | promise | on | ids |", "|---|---|---|---|")


def _row(name: str, what: str, on: tuple[str, ...], ids: tuple[str, ...], protected: bool) -> str:
    kinds = ", ".join(kind.rpartition(":")[2] for kind in on)
    return f"| `{name}` | {what}{' *protected*' if protected else ''} | {kinds} | {', '.join(ids)} |"


if __name__ == "__main__":
    print(documentation(), end="")
