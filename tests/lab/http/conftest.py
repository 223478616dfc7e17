"""A service that answers as it is told, by itself on this machine, at a host, and through an edge before two hosts."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.architecture import native
from lab.lab import Lab
from lab.machine import Machine
from model.architecture import Architecture
from tests.lab.binaries import built
from tests.lab.http.exchange import Answer, ask
from tests.lab.project import Project, region

MIRROR = Path(__file__).parent / "mirror"
ALONE = ("127.0.0.1", 28081)
TIMEOUT = 5
"""The service's `requestTimeout`."""


@dataclass(frozen=True, kw_only=True)
class Ways:
    """Where the same service can be asked."""

    project: Project
    stack: dict[str, Any]
    edge: Machine
    hosts: tuple[Machine, Machine]

    @property
    def alone(self) -> tuple[str, int]:
        return ALONE

    @property
    def at_a_host(self) -> tuple[str, int]:
        return self.hosts[0].address, 8080

    @property
    def through_the_edge(self) -> tuple[str, int]:
        return self.edge.address, 80

    def runs(self, name: str) -> int:
        """How often /count/NAME was run, on both hosts together."""
        return sum(int(get((host.address, 8080), f"/counted/{name}").body) for host in self.hosts)


def get(address: tuple[str, int], target: str, *lines: str) -> Answer:
    head = "\r\n".join([f"GET {target} HTTP/1.1", "Host: mirror", *lines])
    return ask(address, f"{head}\r\n\r\n".encode())


@pytest.fixture(scope="session")
def ways(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ways]:
    edge, *hosts = (lab.add(name) for name in ("mirror0", "mirror1", "mirror2"))
    stack = {
        "service": {
            "name": "mirror",
            "source": str(MIRROR),
            "environment": {"LISTEN": "127.0.0.1:{port}"},
            "requestTimeout": TIMEOUT,
        },
        "regions": {"lab": region(hosts, edge)},
        "release": {"uncommitted": "allow", "drain": 2},
    }
    project = Project(tmp_path_factory.mktemp("project"), stack)
    project.must_up()
    here = Architecture(native().value)
    program = built(here, name="mirror", source=str(MIRROR))[here].path
    alone = subprocess.Popen([program], env={"LISTEN": f"{ALONE[0]}:{ALONE[1]}"})
    try:
        time.sleep(0.5)
        yield Ways(project=project, stack=stack, edge=edge, hosts=(hosts[0], hosts[1]))
    finally:
        alone.kill()
        alone.wait()
        for machine in (edge, *hosts):
            lab.remove(machine.name)
