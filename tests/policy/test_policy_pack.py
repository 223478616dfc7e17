"""The rules as the Pulumi CLI runs them. Needs the CLI on PATH and the pack's own packages; AWS itself cannot be had here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
PACK = PROJECT / "policy"
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
pytestmark = [
    pytest.mark.skipif(shutil.which("pulumi") is None, reason="no Pulumi CLI on PATH"),
    pytest.mark.skipif(
        not (PACK / ".venv" / "bin" / "python").exists(),
        reason="policy/.venv is missing; docs/policies.md says how to make it",
    ),
]


def preview(directory: Path) -> str:
    """What the CLI says about a preview of the program under the pack; it must refuse it."""
    (directory / "Pulumi.yaml").write_text(
        f"name: trial\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
    )
    (directory / "__main__.py").write_text(PROGRAM)
    environment = {
        **os.environ,
        "PULUMI_BACKEND_URL": f"file://{directory}",
        "PULUMI_CONFIG_PASSPHRASE": "only for this test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

    def pulumi(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *words], cwd=directory, env=environment, capture_output=True, text=True, timeout=240
        )

    pulumi("stack", "init", "dev").check_returncode()
    done = pulumi(
        "preview", "--stack", "dev", "--policy-pack", str(PACK), "--non-interactive", "--color=never"
    )
    assert done.returncode != 0, done.stdout
    return done.stdout + done.stderr


def test_a_preview_that_breaks_a_rule_is_refused_with_the_resource_and_the_reason(tmp_path: Path) -> None:
    said = preview(tmp_path)
    assert "[mandatory]  host-keys-are-pinned  (command:remote:Command: bare)" in said
    assert "connection.hostKey is not set, so any machine would be believed" in said
    assert "command:remote:Command: pinned)" not in said
    assert "command:remote:Command: later)" not in said, "a connection that is not known yet breaks no rule"
