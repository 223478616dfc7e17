"""An edge before two hosts whose system is looked after. One stack for all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lab.kind import Kind
from lab.lab import Lab
from lab.machine import Machine
from tests.lab.evidence import root
from tests.lab.project import Project, greeter, region

GROUP, READER = "ops", "reader"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The stack and its machines."""

    project: Project
    stack: dict[str, Any]
    edge: Machine
    hosts: tuple[Machine, Machine]

    @property
    def machines(self) -> tuple[Machine, ...]:
        return (self.edge, *self.hosts)


@pytest.fixture(scope="module")
def kept(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    edge, one, two = (lab.add(name, kind=Kind.KEPT) for name in ("kept0", "kept1", "kept2"))
    for machine in (edge, one, two):
        root(machine, f"groupadd {GROUP} && useradd --groups {GROUP} {READER}")
    stack = greeter(region([one, two], edge) | {"system": {"operators": GROUP}})
    stack["secrets"] = {"TOKEN": "root's alone"}
    project = Project(tmp_path_factory.mktemp("project"), stack)
    project.must_up()
    yield Kept(project=project, stack=stack, edge=edge, hosts=(one, two))
    for machine in (edge, one, two):
        lab.remove(machine.name)
