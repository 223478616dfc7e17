"""The two engines that must agree: the rehearsal, and the real `pulumi` with a file backend. Not for any scenario."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).parents[2]
COMPONENT = "test:index:Group"
IGNORED = {"same", "replace"}
"""Not compared: unchanged resources, and the step without an effect that Pulumi logs beside each replacement."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one command did: `operations` as ("create", "name") in the order in which they ended well
    (components: began)."""

    code: int
    operations: list[tuple[str, str]]
    output: str


class Engine(Protocol):
    """Runs up, preview or destroy in a project directory, and reads the stack's outputs."""

    def prepare(self, directory: Path) -> None: ...
    def run(self, command: str, directory: Path) -> Result: ...
    def outputs(self, directory: Path) -> dict: ...


class Rehearsal:
    """`python -m rehearsal`."""

    def prepare(self, directory: Path) -> None:
        """Nothing to prepare."""

    def run(self, command: str, directory: Path) -> Result:
        return _result(
            _call([sys.executable, "-m", "rehearsal", command, "--stack", "dev", "--json"], directory)
        )

    def outputs(self, directory: Path) -> dict:
        done = _call([sys.executable, "-m", "rehearsal", "outputs", "--stack", "dev", "--json"], directory)
        return json.loads(done.stdout)


class RealPulumi:
    """The CLI on PATH; its state stays in the scenario's own directory."""

    def prepare(self, directory: Path) -> None:
        _call(["pulumi", "stack", "init", "dev"], directory).check_returncode()

    def run(self, command: str, directory: Path) -> Result:
        flags = ["--json"] if command == "preview" else ["--json", "--yes", "--skip-preview"]
        return _result(_call(["pulumi", command, "--stack", "dev", *flags], directory))

    def outputs(self, directory: Path) -> dict:
        return json.loads(_call(["pulumi", "stack", "output", "--stack", "dev", "--json"], directory).stdout)


def _call(command: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PULUMI_BACKEND_URL": f"file://{directory}",
        "PULUMI_CONFIG_PASSPHRASE": "only for this test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
    }
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def _result(done: subprocess.CompletedProcess[str]) -> Result:
    operations = []
    for line in done.stdout.splitlines():
        event = json.loads(line)
        kind = "resourcePreEvent" if "resourcePreEvent" in event else "resOutputsEvent"
        if kind not in event:
            continue
        metadata = event[kind]["metadata"]
        if metadata["op"] in IGNORED or metadata["type"].startswith("pulumi:"):
            continue
        # A component has ended when it gives its outputs, of which the order among its children's is free.
        if (kind == "resourcePreEvent") != (metadata["type"] == COMPONENT):
            continue
        operations.append((metadata["op"], metadata["urn"].rpartition("::")[2]))
    return Result(code=done.returncode, operations=operations, output=done.stdout + done.stderr)
