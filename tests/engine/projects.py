"""Throw-away projects, run by the engine in a process of their own, as a user does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine import binary
from engine.process import Pulumi
from lab.progress import Progress
from tests.engine.trial import trial

ROOT = Path(__file__).parents[2]
HEADER = "import pulumi\nfrom pulumi import Output, ResourceOptions\nfrom pulumi_command import local\n"
PATIENCE = 60.0
"""Seconds to wait for a condition; reached only when something is broken."""


class Project:
    """A directory with Pulumi.yaml and a program, and a stack of it; with `pretend`, of a pretended AWS."""

    def __init__(self, directory: Path, *, pretend: bool = False) -> None:
        directory.mkdir(exist_ok=True)
        self.pretend = pretend
        self.directory = directory
        self.state = directory / "state"
        self.stack = "dev"
        (directory / "Pulumi.yaml").write_text("name: trial\nruntime: python\n")
        self.program("")

    def program(self, text: str) -> None:
        """Replace the program."""
        (self.directory / "__main__.py").write_text(HEADER + text)

    def run(self, action: str, *more: str, original: bool = False) -> subprocess.CompletedProcess[str]:
        """One action to its end; `more` goes to pulumi."""
        return subprocess.run(
            self.command(action, *more, original=original),
            cwd=self.directory,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=280,
        )

    def must(self, action: str, *more: str) -> subprocess.CompletedProcess[str]:
        """One that has to succeed."""
        done = self.run(action, *more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def start(self, action: str, *more: str) -> subprocess.Popen[str]:
        """Start one action in a process group of its own."""
        return subprocess.Popen(
            self.command(action, *more),
            cwd=self.directory,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def pulumi(self, *words: str) -> str:
        """What `pulumi WORDS` prints of the stack."""
        return Pulumi(binary.ensure(Progress()), trial(self.directory, self.state, self.stack)).told(*words)

    def outputs(self) -> dict[str, Any]:
        return json.loads(self.pulumi("stack", "output", "--json", "--show-secrets"))

    def exported(self) -> dict[str, Any]:
        """The deployment in the state."""
        return json.loads(self.pulumi("stack", "export"))["deployment"]

    def names(self) -> list[str]:
        """Names of the resources in the state, without the stack and its providers."""
        urns = [resource["urn"].split("::")[2:] for resource in self.exported().get("resources", [])]
        return [name for type, name in urns if not type.startswith("pulumi:")]

    def command(self, action: str, *more: str, original: bool = False) -> list[str]:
        """The words that run one action."""
        words = [sys.executable, "-m", "tests.engine.trial", action, str(self.directory)]
        words += ["--stack", self.stack, "--state", str(self.state)]
        words += [
            *(["--original"] if original else []),
            *(["--pretend"] if self.pretend else []),
        ]
        return [*words, *(["--", *more] if more else [])]


def wait_until(condition: Callable[[], bool]) -> None:
    """Return as soon as the condition holds."""
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, "the awaited condition never held"
        time.sleep(0.02)
