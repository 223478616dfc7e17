"""The rules as Pulumi's engine runs them, over small programs and over every stack of AWS. AWS itself cannot be had here."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.projects import HEADER, Project

PROJECT = Path(__file__).parent.parent.parent
PACK = PROJECT / "policy" / "pack"
PROGRAM = """
from pulumi_command import local, remote

key = local.Command("key", create="echo ssh-ed25519 AAAA")
remote.Command("bare", create="true", connection=remote.ConnectionArgs(host="127.0.0.1"))
remote.Command(
    "pinned", create="true", connection=remote.ConnectionArgs(host="127.0.0.1", host_key="ssh-ed25519 AAAA")
)
remote.Command(
    "later", create="true", connection=remote.ConnectionArgs(host="127.0.0.1", host_key=key.stdout)
)
"""


@pytest.fixture(scope="module", autouse=True)
def _pack_has_its_packages() -> None:
    subprocess.run(["make", "policy"], cwd=PROJECT, check=True, capture_output=True)


def test_a_preview_that_breaks_a_rule_is_refused_with_the_resource_and_the_reason(tmp_path: Path) -> None:
    project = Project(tmp_path / "trial")
    project.program(PROGRAM.removeprefix(HEADER))
    done = project.run("preview", "--policy-pack", str(PACK))
    assert done.returncode != 0
    assert "[mandatory]  host-keys-are-pinned  (command:remote:Command: bare)" in done.stdout
    assert "connection.hostKey is not set, so any machine would be believed" in done.stdout
    assert "[mandatory]  host-keys-are-pinned  (command:remote:Command: pinned)" not in done.stdout
    assert "[mandatory]  host-keys-are-pinned  (command:remote:Command: later)" not in done.stdout


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_stack_of_aws_keeps_every_rule(stack: str, tmp_path: Path) -> None:
    more = ["--policy-pack-config", str(PROJECT / "policy" / "protected.json")] if stack == "prod" else []
    done = subprocess.run(
        [sys.executable, "-m", "rehearsal", "preview", "--stack", stack, "--", "--policy-pack", PACK, *more],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout
    assert "Policies:" in done.stdout
    assert "[mandatory]" not in done.stdout


def test_a_pack_without_its_packages_names_the_step_that_is_missing(tmp_path: Path) -> None:
    shutil.copytree(PACK.parent, tmp_path / "policy", ignore=shutil.ignore_patterns(".venv"))
    project = Project(tmp_path / "trial")
    done = project.run("preview", "--policy-pack", str(tmp_path / "policy" / "pack"))
    assert done.returncode != 0
    assert "run 'make policy' once" in done.stdout + done.stderr


def test_what_only_protected_stacks_must_keep_can_be_made_mandatory() -> None:
    assert json.loads((PROJECT / "policy" / "protected.json").read_text()) == {"all": "mandatory"}
