"""Two stacks on lab hosts: one with both architectures, one of native hosts only for all that is not about architecture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab.lab import Lab
from lab.machine import Machine
from tests.lab.project import Project, Run, greeter, region


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A project, and the machines that its stack file names."""

    project: Project
    edge: Machine
    hosts: tuple[Machine, ...]
    first: Run
    """The `up` that brought it onto machines that had nothing."""

    @property
    def machines(self) -> tuple[Machine, ...]:
        return (*self.hosts, self.edge)

    def baseline(self) -> None:
        """The stack file and source as in the beginning; `up` has still to be run."""
        self.project.configure(greeter(region(self.hosts, self.edge)))
        self.project.restore("examples/greeter/greeter.go")


def _brought_up(factory: pytest.TempPathFactory, edge: Machine, hosts: tuple[Machine, ...]) -> Stack:
    project = Project(factory.mktemp("project"), greeter(region(hosts, edge)))
    return Stack(project=project, edge=edge, hosts=hosts, first=project.must_up())


@pytest.fixture(scope="session")
def fleet(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """edge1, web1 and web2: the lab's own hosts, of both architectures unless the lab is native alone."""
    machines = lab.machines
    second = machines["web2"] if "web2" in machines else lab.add("web2")
    return _brought_up(tmp_path_factory, machines["edge1"], (machines["web1"], second))


@pytest.fixture(scope="session")
def native_stack(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    edge, *hosts = (lab.add(name) for name in ("front", "app1", "app2"))
    return _brought_up(tmp_path_factory, edge, tuple(hosts))


@pytest.fixture
def native(native_stack: Stack) -> Iterator[Stack]:
    """front before app1 and app2, all of this machine's architecture, serving; left serving whatever a test did."""
    native_stack.baseline()
    native_stack.project.must_up()
    yield native_stack
    native_stack.baseline()
