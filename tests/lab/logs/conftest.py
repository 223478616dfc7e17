"""An edge before one host, whose logs are kept with limits. One stack for all tests here."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lab.kind import Kind
from lab.lab import Lab
from lab.machine import Machine
from tests.lab.evidence import root
from tests.lab.http.conftest import MIRROR
from tests.lab.http.exchange import Answer, ask
from tests.lab.project import Project, region

NAME = "mirror"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--away", metavar="SECONDS", type=int, help="how long receivers of journals are away: 15"
    )


@dataclass(frozen=True, kw_only=True)
class Logged:
    """The stack and its machines."""

    project: Project
    stack: dict[str, Any]
    edge: Machine
    host: Machine

    def changed(self, **region: Any) -> dict[str, Any]:
        """The stack file's values with other ones of the region."""
        found = copy.deepcopy(self.stack)
        found["regions"]["lab"] |= region
        return found

    def up(self, **region: Any) -> None:
        self.project.configure(self.changed(**region))
        self.project.must_up()

    def get(self, target: str, *lines: str) -> Answer:
        head = "\r\n".join([f"GET {target} HTTP/1.1", "Host: shop.example", *lines])
        return ask((self.edge.address, 80), f"{head}\r\n\r\n".encode())

    def requests(self, target: str) -> list[dict[str, Any]]:
        """What the edge's journal tells of requests for it."""
        lines = root(self.edge, f"journalctl -q -o cat -t {NAME} --since=-10min").splitlines()
        return [found for line in lines if (found := json.loads(line))["target"] == target]


@pytest.fixture(scope="session")
def away(pytestconfig: pytest.Config) -> int:
    """Seconds for which a receiver is away; the option is unknown where this folder is not named."""
    return pytestconfig.getoption("--away", None) or 15


def say(machine: Machine, tag: str, lines: int, seconds: int = 0) -> dict[str, int]:
    """Writes so many lines, or one after the other over some seconds, and returns what has to arrive."""
    slow = f" | while read -r line; do echo $line; sleep {seconds / lines:.3f}; done" if seconds else ""
    script = f"seq -f {tag}-%.0f {lines}{slow} | systemd-cat -t {tag}; journalctl --sync"
    machine.run("sudo -n sh", stdin=script, timeout=120 + 3 * seconds)
    return {f"{tag}-{number}": 1 for number in range(1, lines + 1)}


@pytest.fixture(scope="session")
def logged(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    edge, host = (lab.add(name, kind=Kind.OBSERVED) for name in ("told0", "told1"))
    for machine in (edge, host):  # the lab's own limits, which would win
        root(machine, "rm /etc/systemd/journald.conf.d/lab.conf && systemctl restart systemd-journald")
    stack = {
        "service": {"name": NAME, "source": str(MIRROR), "environment": {"LISTEN": "127.0.0.1:{port}"}},
        "regions": {"lab": region([host], edge) | {"logs": {"size": "100M", "perSecond": 100}}},
        "release": {"uncommitted": "allow", "drain": 2},
    }
    project = Project(tmp_path_factory.mktemp("project"), stack)
    project.must_up()
    yield Logged(project=project, stack=stack, edge=edge, host=host)
    for machine in (edge, host):
        lab.remove(machine.name)
