"""The page of what a change of each setting does: every setting is in it, and lines are what the engine plans today."""

from pathlib import Path
from typing import Any

import pytest

from model.aws.autoscaling import Autoscaling
from model.aws.cloud_region import CloudRegion
from model.aws.instances import InstanceGroup
from model.setting import Setting
from summary.change import CHANGES, FIRST
from summary.changes import rows

PROJECT = Path(__file__).parents[2]
TABLE = [
    line for line in (PROJECT / "docs" / "changes.md").read_text().splitlines() if line.startswith("| `")
]
OF_A_NETWORK = {"network.publicSubnets", "network.privateSubnets", "network.securityGroups"}
ELSEWHERE = {"drained", "capacity", "weight", "loadBalancer.zone"} | OF_A_NETWORK
"""What only a front door reads (docs/front-door.md), and what goes with another setting."""

WHOLE = {"instances", "loadBalancer"}
"""Of which some changes take several settings at once."""


def settings(of: type[Setting], before: str = "") -> set[str]:
    """Those of a region by their path; maps are opened, `login` has what machines get to know."""
    found: set[str] = set()
    for name, field in of.model_fields.items():
        key, kind = f"{before}{field.alias or name}", field.annotation
        if key == "login":
            found |= {"login.user", "login.privateKeyFile", "login.publicKeys"}
        elif key == "instances":
            found |= settings(InstanceGroup, f"{key}.")
        elif key == "instances.autoscaling":
            found |= settings(Autoscaling, f"{key}.")
        elif not before and isinstance(kind, type) and issubclass(kind, Setting) and key != "access":
            found |= settings(kind, f"{key}.")
        else:
            found.add(key)
    return found


def test_every_setting_of_a_region_has_a_line() -> None:
    changed = {change.path for change in CHANGES if ":" not in change.path}
    assert settings(CloudRegion) - ELSEWHERE == changed - WHOLE
    assert [line.split(" | ")[:2] for line in TABLE] == [
        [f"| `{change.path}`", change.words] for change in CHANGES
    ]


def test_no_change_cuts_users_off() -> None:
    assert not [line for line in TABLE if "cut off" in line]


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "wanted",
    [
        {"slipway:service.port": "with errors", "loadBalancer.domain": "refused", "network.zones": "rolling"},
    ],
)
def test_lines_are_what_the_engine_plans(wanted: dict[str, Any]) -> None:
    """A few of them; all would take minutes."""
    chosen = [change for change in CHANGES if change.path in wanted and change.first is FIRST]
    again, heads = rows(chosen), tuple(f"| `{change.path}` | {change.words} |" for change in chosen)
    assert again == [line for line in TABLE if line.startswith(heads)]
    assert [line.split(" | ")[2] for line in again] == [wanted[change.path] for change in chosen]
