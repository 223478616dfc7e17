"""Two regions behind Global Accelerator, made by the real engine with AWS pretended and without a host."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from summary.examples import copied

pytestmark = pytest.mark.timeout(900)
REGIONS = {"eu-central-1": 30, "us-east-1": 31}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """With a stack `dev` of one small machine in each region, under one name."""
    made = copied(tmp_path / "project")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", made / "key"], check=True)
    file = made / "Pulumi.dev.yaml"
    content = yaml.safe_load(file.read_text())
    (region,) = content["config"]["slipway:regions"].values()
    content["config"]["slipway:regions"] = {
        name: {
            **region,
            "network": {"range": f"10.{number}.0.0/16"},
            "login": {"privateKeyFile": "key"},
            "loadBalancer": {"domain": f"{name}.api.example.com", "zone": "example.com"},
            "capacity": 100,
        }
        for name, number in REGIONS.items()
    }
    content["config"]["slipway:frontDoor"] = {
        "name": "api.example.com",
        "zone": "example.com",
        "mechanism": "globalAccelerator",
        "objective": 60,
        "stateless": True,
    }
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    return made


def rehearse(project: Path, action: str, *more: str) -> str:
    words = ("rehearsal", action, "--stack", "dev", "--hosts", "0", *more)
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=project, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def made(project: Path) -> dict[str, dict[str, Any]]:
    """What the pretended cloud has, by type and id."""
    return json.loads((project / ".slipway/rehearsal/dev/cloud.json").read_text())["resources"]


def test_it_is_made_changed_by_nothing_drained_and_taken_away(project: Path) -> None:
    rehearse(project, "up")
    groups = [each for kind, ids in made(project).items() if "endpointGroup" in kind for each in ids.values()]
    assert len(groups) == 2
    said = rehearse(project, "up")
    assert "created" not in said and "updated" not in said and "replaced" not in said, said
    assert Counter(" unchanged" in line for line in said.splitlines())[True] == 1

    file = project / "Pulumi.dev.yaml"
    content = yaml.safe_load(file.read_text())
    content["config"]["slipway:regions"]["us-east-1"]["drained"] = True
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    drained = rehearse(project, "up")
    assert "aws:globalaccelerator:EndpointGroup" in drained
    assert "deleted" not in drained, "nobody is cut off"
    rehearse(project, "destroy")
    assert not (project / ".slipway/rehearsal/dev/cloud.json").exists()
