"""Two regions, the first of two hosts and the other of one, and two DNS hosts, brought up by the program itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lab.kind import Kind
from lab.lab import Lab
from lab.machine import Machine
from tests.lab.project import Project, greeter, region

NAME = "greeter.example.com"


@dataclass(frozen=True, kw_only=True)
class Regions:
    """Both serve; `servers` answer for the name."""

    project: Project
    eu: Machine
    eu2: Machine
    us: Machine
    servers: tuple[Machine, Machine]

    def addresses(self, name: str) -> set[str]:
        """Of a region."""
        return {self.eu.address, self.eu2.address} if name == "eu" else {self.us.address}


@pytest.fixture(scope="session")
def regions(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Regions]:
    """Taken away at the end."""
    names = ("eu1", "eu2", "us1", "ns1", "ns2")
    try:
        eu, eu2, us = lab.add("eu1"), lab.add("eu2"), lab.add("us1")
        servers = (lab.add("ns1", kind=Kind.DNS), lab.add("ns2", kind=Kind.DNS))
        places: dict[str, Any] = {"eu": region([eu, eu2]), "us": region([us])}
        configuration = greeter({}) | {
            "regions": places,
            "frontDoor": {
                "name": NAME,
                "zone": NAME,
                "mechanism": "dns",
                "stateless": True,
                "hosts": {
                    place: {key: value for key, value in region([server]).items() if key != "edge"}
                    for place, server in zip(("eu", "us"), servers, strict=True)
                },
            },
        }
        configuration["service"] |= {"requestTimeout": 2}
        project = Project(tmp_path_factory.mktemp("failover"), configuration)
        project.must_up()
        yield Regions(project=project, eu=eu, eu2=eu2, us=us, servers=servers)
    finally:
        for name in names:
            if name in lab.machines:
                lab.remove(name)
