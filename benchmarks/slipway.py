"""Slipway as it is: `make up` in a copy of the project, with the engine, the plugin and the settings that anybody has."""

from __future__ import annotations

import shutil
import sys
from typing import Any

from benchmarks.cost import Cost, Shell
from benchmarks.ground import Ground
from benchmarks.noop import EMPTY, empty_program
from benchmarks.source import Source
from tests.lab.project import Project, greeter, region

CLEAN = """
systemctl disable --now --quiet greeter@blue greeter@green greeter-proxy 2>/dev/null || true
rm -rf /opt/greeter /var/lib/slipway /home/deploy/.slipway
! id greeter >/dev/null 2>&1 || userdel greeter
"""


class Slipway:
    """`make up` starts the lab besides, which takes a fifth of a second; here the hosts are there already."""

    name, port = "slipway", 8080

    def __init__(self, ground: Ground) -> None:
        self._ground, self._greeting = ground, 0
        directory = ground.folder / self.name
        directory.mkdir()
        self._project = Project(directory, self._settings())
        self._source = Source(directory / "examples" / "greeter", self.name)
        self._shell = Shell(
            directory=directory,
            log=ground.folder / f"{self.name}.log",
            interface=ground.interface,
            environment=self._project.environment,
        )

    def _settings(self) -> dict[str, Any]:
        settings = greeter(region(self._ground.hosts), environment={"GREETING": f"Hello {self._greeting}"})
        # The others watch nothing after the switch; the gate before it is as long for all.
        return {**settings, "release": {"uncommitted": "allow", "watch": 0}}

    def clean(self) -> None:
        if (self._project.kept / "pulumi").exists():
            self._engine("destroy")
        shutil.rmtree(self._project.kept / "pulumi", ignore_errors=True)
        self._ground.everywhere(CLEAN)

    def edit(self) -> None:
        self._source.change()

    def configure(self) -> None:
        self._greeting += 1
        self._project.configure(self._settings())

    def build(self) -> None:
        """A preview builds and packs."""
        self._engine("preview")

    def deploy(self, build: bool = False, succeeds: bool = True) -> Cost:
        return self._engine("up", succeeds=succeeds)

    def back(self) -> Cost:
        return self._python("releases", "rollback", "--up")

    def forward(self) -> None:
        self._python("releases", "unpin")
        self._engine("up")

    def preview(self) -> Cost | None:
        return self._engine("preview")

    def empty(self) -> Cost:
        """Measured: an `up` of a program that declares nothing, by the same engine, started in the same way."""
        folder = self._ground.folder / "empty"
        folder.mkdir(exist_ok=True)
        empty_program(folder)
        return self._shell.run([sys.executable, "-c", EMPTY, str(folder), "skip"])

    def _engine(self, action: str, succeeds: bool = True) -> Cost:
        return self._python("engine", action, succeeds=succeeds)

    def _python(self, room: str, *action: str, succeeds: bool = True) -> Cost:
        return self._shell.run([sys.executable, "-m", room, *action, "--stack", "local"], succeeds)
