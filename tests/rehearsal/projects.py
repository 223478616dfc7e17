"""Throw-away projects and runs of the rehearsal in a process of its own, as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEADER = "import pulumi\nfrom pulumi import Output, ResourceOptions\nfrom pulumi_command import local\n"
PATIENCE = 60.0
"""Seconds to wait for a condition; reached only when something is broken."""


class Project:
    """A directory with Pulumi.yaml and a program."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "Pulumi.yaml").write_text("name: trial\nruntime: python\n")
        self.program("")

    def program(self, text: str) -> None:
        """Replace the program."""
        (self.directory / "__main__.py").write_text(HEADER + text)

    @property
    def state_file(self) -> Path:
        return self.directory / ".slipway" / "rehearsal" / "dev.json"

    def state(self) -> dict:
        """The state file's content."""
        return json.loads(self.state_file.read_text())

    def names(self) -> list[str]:
        """Names of the resources in the state, without the stack."""
        return [resource["urn"].rpartition("::")[2] for resource in self.state()["resources"]][1:]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            self._command(arguments),
            cwd=self.directory,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start one command."""
        return subprocess.Popen(
            self._command(arguments),
            cwd=self.directory,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "rehearsal", *arguments, "--stack", "dev"]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT)}


def wait_until(condition: Callable[[], bool]) -> None:
    """Return as soon as the condition holds."""
    limit = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > limit:
            raise AssertionError("the awaited condition never held")
        time.sleep(0.02)
