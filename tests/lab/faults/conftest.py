"""Hosts that faults are tried on, and the table that is made of what they did."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lab.lab import Lab
from tests.lab.conftest import up
from tests.lab.faults.fleet import PRECIOUS, Fleet, root
from tests.lab.faults.page import FLEET, HOST, write_page
from tests.lab.faults.record import Record
from tests.lab.faults.row import PLACES, Row
from tests.lab.faults.solo import Solo, built
from tests.lab.project import Project

_RECORDS = pytest.StashKey[list[Record]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--reliability", metavar="FILE", help="write the page about all faults, if all of them passed"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(id, broken): one row of docs/reliability.md")
    config.stash[_RECORDS] = []


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    config = session.config
    path = config.getoption("--reliability", None)
    if path and exitstatus == pytest.ExitCode.OK:
        write_page(Path(str(path)), config.stash[_RECORDS])


def described(request: pytest.FixtureRequest, table: str, where: str = "") -> Record:
    mark = request.node.get_closest_marker("fault")
    identifier, broken = mark.args
    record = Record(id=identifier, broken=broken, where=where, table=table)
    request.config.stash[_RECORDS].append(record)
    return record


@pytest.fixture(scope="session")
def lab(free_subnet: Callable[[], str]) -> Iterator[Lab]:
    """Without hosts: each fault has its own."""
    with up(free_subnet(), ()) as made:
        yield made


@dataclass
class _Hosts:
    """Makes the three hosts, and makes them anew when a row has left them in an unknown state."""

    lab: Lab
    directory: Path
    number: int = 0
    fleet: Fleet | None = field(default=None)

    def sound(self) -> Fleet:
        if self.fleet and self.fleet.sound:
            return self.fleet
        self.remove()
        self.number += 1
        directory = self.directory / str(self.number)
        directory.mkdir()
        hosts = tuple(self.lab.add(name) for name in PLACES)
        self.fleet = Fleet(project=Project(directory, {}), hosts=hosts)
        self.fleet.configure()
        done = self.fleet.up()
        assert done.code == 0, done.text
        self.fleet.good, self.fleet.sound = self.fleet.wanted, True
        for host in hosts:
            root(host, f"echo {host.name} >{PRECIOUS}")
        return self.fleet

    def remove(self) -> None:
        for name in PLACES:
            if name in self.lab.machines:
                self.lab.remove(name)
        if self.fleet:
            shutil.rmtree(self.fleet.project.directory)
            self.fleet = None


@pytest.fixture(scope="session")
def three(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Hosts]:
    hosts = _Hosts(lab, tmp_path_factory.mktemp("fleets"))
    yield hosts
    hosts.remove()


@pytest.fixture
def row(request: pytest.FixtureRequest, three: _Hosts, where: str) -> Row:
    """A fault at `where` on hosts that all serve one release and are as they should be."""
    fleet = three.sound()
    fleet.sound = False  # until the row has shown that it is again
    return Row(
        fleet=fleet, record=described(request, FLEET, where), old=fleet.good, place=PLACES.index(where)
    )


@pytest.fixture(scope="session")
def alone(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Solo]:
    made = Solo(
        lab, lab.add("alone"), built(tmp_path_factory.mktemp("built")), tmp_path_factory.mktemp("bundles")
    )
    made.settle()
    yield made
    lab.remove("alone")


@pytest.fixture
def solo(request: pytest.FixtureRequest, alone: Solo) -> Iterator[Solo]:
    """A host on which the activator is driven directly; it serves "one", and another service that must not feel anything."""
    alone.record = described(request, HOST)
    alone.live(alone.bundle("one"))
    yield alone
    alone.purge()
