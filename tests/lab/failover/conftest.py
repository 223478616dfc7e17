"""Two regions, the first of two hosts and the other of one, and DNS hosts of Debian 13 and 12, closed to all but questions,
brought up by the program itself. Users may ask a resolver."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from lab.kind import Kind
from lab.lab import Lab
from lab.machine import Machine
from lab.resolver import delegate
from tests.lab.project import Project, greeter, region

NAME = "greeter.example.com"


@dataclass(frozen=True, kw_only=True)
class Regions:
    """Both serve; `servers` answer for the name, and `resolver` asks them. `stack` has the settings' values."""

    project: Project
    stack: dict[str, Any]
    eu: Machine
    eu2: Machine
    us: Machine
    servers: tuple[Machine, Machine]
    resolver: Machine

    def addresses(self, name: str) -> set[str]:
        """Of a region."""
        return {self.eu.address, self.eu2.address} if name == "eu" else {self.us.address}

    @contextmanager
    def changed(self, door: dict[str, Any], **places: dict[str, Any]) -> Iterator[None]:
        """The stack with other settings of the front door and of regions, and as it was afterwards."""
        values = copy.deepcopy(self.stack)
        values["frontDoor"] |= door
        for name, place in places.items():
            values["regions"][name] |= place
        try:
            self.project.configure(values)
            self.project.must_up()
            yield
        finally:
            self.project.configure(self.stack)
            self.project.must_up()


@pytest.fixture(scope="session")
def regions(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Regions]:
    """Taken away at the end."""
    names = ("eu1", "eu2", "us1", "ns1", "ns2", "resolver")
    try:
        eu, eu2, us = lab.add("eu1"), lab.add("eu2"), lab.add("us1")
        servers = (lab.add("ns1", kind=Kind.DNS), lab.add("ns2", kind=Kind.OLD_DNS))
        resolver = lab.add("resolver", kind=Kind.RESOLVER)
        delegate(resolver, NAME, [each.address for each in servers])
        closed = {"firewall": {"operators": [lab.network.gateway]}}
        places: dict[str, Any] = {
            "eu": {**region([eu, eu2]), "capacity": 100},
            "us": {**region([us]), "capacity": 100},
        }
        configuration = greeter({}) | {
            "regions": places,
            "frontDoor": {
                "name": NAME,
                "zone": NAME,
                "mechanism": "dns",
                "stateless": True,
                "hosts": {
                    place: region([server]) | closed
                    for place, server in zip(("eu", "us"), servers, strict=True)
                },
            },
        }
        configuration["service"] |= {"requestTimeout": 2}
        project = Project(tmp_path_factory.mktemp("failover"), configuration)
        project.must_up()
        yield Regions(
            project=project, stack=configuration, eu=eu, eu2=eu2, us=us, servers=servers, resolver=resolver
        )
    finally:
        for name in names:
            if name in lab.machines:
                lab.remove(name)
