"""An edge before two hosts, operated: closed, tuned, encrypted. One stack for all tests here."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lab.lab import Lab
from lab.machine import Machine
from tests.lab.evidence import root
from tests.lab.project import Project, Run, greeter, region

NEIGHBOUR = """
table ip nat {
    chain DOCKER { }
    chain PREROUTING { type nat hook prerouting priority dstnat; policy accept; fib daddr type local counter jump DOCKER; }
}
"""
"""What Docker has on a machine, in short."""


@dataclass(frozen=True, kw_only=True)
class Operated:
    """The stack, its machines, and what the first `up` said."""

    project: Project
    stack: dict[str, Any]
    edge: Machine
    hosts: tuple[Machine, Machine]
    operator: str
    first: Run

    @property
    def machines(self) -> tuple[Machine, ...]:
        return (self.edge, *self.hosts)

    def changed(self, **region: Any) -> dict[str, Any]:
        """The stack file's values with other ones of the region."""
        found = copy.deepcopy(self.stack)
        found["regions"]["lab"] |= region
        return found


@pytest.fixture(scope="session")
def operated(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    edge, *hosts = (lab.add(name) for name in ("shut0", "shut1", "shut2"))
    for machine in (edge, *hosts):
        root(machine, f"nft -f - <<'END'\n{NEIGHBOUR}\nEND\n")
        root(machine, "systemd-run --quiet --unit=stray python3 -m http.server 9999")
    one = region(hosts, edge)
    operator = lab.network.gateway
    one.pop("accept")
    one["firewall"] = {"operators": [operator]}
    # A container has the machine's memory, so that it may not set a value of it.
    one["tuning"] = {"more": {"vm.max_map_count": "262144"}}
    limits = {"memory": "256M", "memoryHigh": "200M", "cpuWeight": 200, "files": 8192, "tasks": 512}
    stack = greeter(one, limits=limits)
    project = Project(tmp_path_factory.mktemp("project"), stack)
    first = project.must_up()
    yield Operated(
        project=project, stack=stack, edge=edge, hosts=(hosts[0], hosts[1]), operator=operator, first=first
    )
    for machine in (edge, *hosts):
        lab.remove(machine.name)
