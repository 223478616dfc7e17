"""A program in Go has a service served by the component of the Pulumi package, on a real host."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from engine.server import Server
from lab.machine import Machine
from lab.ssh import USER
from plugins.command import CommandPackage
from tests.reuse.installed import PROJECT, Installed, installed

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]
SECRET = "nobody else's"


@dataclass(frozen=True, kw_only=True)
class InGo:
    """The compiled program, in a folder of its user's, and the host that it is told of."""

    package: Installed
    program: Path
    host: Machine
    environment: dict[str, str]

    def run(self, action: str, greeting: str) -> CompletedProcess[str]:
        facts: dict[str, Any] = {
            "Source": str(PROJECT / "examples" / "greeter"),
            "User": USER,
            "Key": str(self.host.place.login_key),
            "Greeting": greeting,
            "Secret": SECRET,
            "Host": {
                "Name": self.host.name,
                "Address": self.host.address,
                "Architecture": self.host.architecture.value,
                "HostKey": self.host.host_key,
            },
        }
        return self.package.run(self.program, action, stdin=json.dumps(facts), more=self.environment)

    def up(self, greeting: str) -> dict[str, Any]:
        done = self.run("up", greeting)
        assert done.returncode == 0, done.stderr[-5000:]
        return json.loads(done.stdout)

    def greeting(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://{self.host.address}:8080/", timeout=30) as answer:
            return json.load(answer)


@pytest.fixture
def in_go(tmp_path: Path, fresh_host: Callable[[str], Machine]) -> Iterator[InGo]:
    package = installed(tmp_path)
    program = package.in_go()
    # pulumi-command's plugin is served here as `make` serves it; the component's own the engine starts by itself.
    with Server(tmp_path, {"command": CommandPackage()}) as server:
        variables = {"PULUMI_DEBUG_PROVIDERS": server.environment["PULUMI_DEBUG_PROVIDERS"]}
        yield InGo(package=package, program=program, host=fresh_host("theirs"), environment=variables)


def test_a_go_program_has_its_service_served_changed_and_taken_away(in_go: InGo) -> None:
    planned = in_go.run("preview", "Good day")
    assert planned.returncode == 0, planned.stderr[-5000:]
    assert "slipway:index:HostedService lab" in planned.stderr

    first = in_go.up("Good day")
    said = in_go.greeting()
    assert first["outputs"]["url"] == f"http://{in_go.host.address}:8080/"
    assert (said["message"], said["token"], said["version"]) == (
        "Good day",
        True,
        first["outputs"]["version"],
    )
    running = in_go.host.run(f"sudo sha256sum /proc/{said['pid']}/exe").stdout.split()[0]
    assert first["outputs"]["sha256"] == {in_go.host.architecture.value: running}
    state = in_go.package.run("pulumi", "stack", "export", "--stack", "dev").stdout
    assert SECRET not in state

    again = in_go.up("Good day")
    assert again["changes"].keys() == {"same"}, again
    in_go.up("Good evening")
    assert in_go.greeting()["message"] == "Good evening"

    refused = in_go.run("up", "bell\x07")
    assert refused.returncode and "slipway:service.environment.GREETING" in refused.stderr, refused.stderr[
        -3000:
    ]
    assert in_go.run("destroy", "").returncode == 0
    assert in_go.host.run("systemctl list-units 'greeter*' --no-legend").stdout == ""
