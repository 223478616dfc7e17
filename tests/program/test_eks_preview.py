"""The example with hosts and a cluster, previewed by Pulumi's own engine as a user does, AWS and Kubernetes pretended."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program.recorder import PROJECT

PREVIEW = """
import pathlib, sys
import engine.stacks, rehearsal.stack
engine.stacks.PROJECT = rehearsal.stack.PROJECT = pathlib.Path(sys.argv[1])
from rehearsal.__main__ import main
sys.exit(main(["preview", "--stack", "mixed"]))
"""
"""`make preview STACK=mixed OFFLINE=1`, its stack file elsewhere: beside the project's it would be one of its stacks."""


@pytest.mark.timeout(600)
def test_the_example_previews_without_an_account(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text((PROJECT / "Pulumi.yaml").read_text())
    written = (PROJECT / "examples" / "mixed" / "Pulumi.mixed.yaml").read_text()
    dirty = written + "  slipway:release: {uncommitted: allow}\n"
    (tmp_path / "Pulumi.mixed.yaml").write_text(dirty)
    done = subprocess.run(
        [sys.executable, "-c", PREVIEW, str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=580,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for kind in ("aws:eks:Cluster", "kubernetes:apps/v1:Deployment", "aws:ec2:Instance", "NodePool"):
        assert re.search(rf"\+ +\S*{re.escape(kind)}\S* \S+ create", done.stdout), (kind, done.stdout)
    assert "standard support by EKS ends on 2027-08-02" in done.stdout
    assert re.search(r"\+ \d+ to create", done.stdout)
