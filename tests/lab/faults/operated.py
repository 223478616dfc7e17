"""A host with all that operates it: an edge with HTTPS, packet filter, kernel values, a journal that is sent, a monitor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lab.machine import Machine
from tests.lab.faults.fleet import SERVICE, Fleet, root
from tests.lab.faults.record import Users, users
from tests.lab.faults.row import Row
from tests.lab.logs.receiver import Receiver
from tests.lab.project import region

NAME = "shop.example.com"
RENEWAL = f"slipway-{SERVICE}-edge-certificate.service"
_GIVEN = "/etc/ssl/shop.pem"


@dataclass(frozen=True, kw_only=True)
class Around:
    """What stands around the host of `fleet`; the journals' `sink` is on the monitor's machine."""

    fleet: Fleet
    edge: Machine
    monitor: Machine
    sink: Receiver

    def operate(self) -> None:
        """Puts it all into the settings and onto the machines, and brings it up."""
        certificate(self.edge, "-2days", "90days")
        self.sink.install()
        for machine in (*self.fleet.hosts, self.edge, self.monitor):
            self.sink.admit(machine)
        self.sink.start()
        journals = {"port": 19532, "sources": ["10.0.0.0/8"], "on": "monitor", "why": "journals"}
        place: dict[str, Any] = region(self.fleet.hosts, self.edge)
        place["edge"] |= {"names": [NAME], "tls": {"certificate": _GIVEN, "key": f"{_GIVEN}.key"}}
        place["firewall"] = {"operators": [self.monitor.network.gateway], "open": [journals]}
        place["tuning"] = {}
        place["logs"] = {"perSecond": 0, "send": self.sink.settings}
        place["monitor"] = region([self.monitor])["hosts"][0] | {"readers": [self.edge.address], "every": 1}
        self.fleet.place = place
        self.fleet.configure()
        done = self.fleet.up()
        assert done.code == 0, done.text
        self.fleet.good, self.fleet.sound = self.fleet.wanted, True


@dataclass(kw_only=True)
class Operated(Row):
    """A fault of what stands around the one host. Users ask the edge."""

    around: Around

    @contextmanager
    def users(self, *hosts: Machine, lossless: bool = True) -> Iterator[Users]:
        asked = hosts or (self.around.edge,)
        with users(self.record, *asked, port=443, lossless=lossless, name=NAME) as seen:
            yield seen

    def told(self, command: str, machine: Machine) -> str:
        """What the activator on the edge, or on the host, answers."""
        service = SERVICE if machine is self.host else f"{SERVICE}-edge"
        activator = f"/opt/{service}/app/current/activator.pyz"
        return root(machine, f"python3 {activator} {command} --service {service}")

    def watched(self) -> set[str]:
        """The releases that the monitor has seen on the host within the last seconds."""
        query = "slipway_release_info{host=%22" + self.host.name + "%22}"
        ask = f"curl -sSfg -m 10 'http://127.0.0.1:9090/api/v1/query?query={query}'"
        found = json.loads(root(self.around.monitor, ask))["data"]["result"]
        return {each["metric"]["release"] for each in found}


def certificate(edge: Machine, first: str, last: str) -> None:
    """Gives the edge one that is good from the one day to the other, counted from now."""
    days = " ".join(
        f"-not_{word} $(date -u -d '{day}' +%Y%m%d%H%M%SZ)"
        for word, day in (("before", first), ("after", last))
    )
    names = f"-subj /CN={NAME} -addext subjectAltName=DNS:{NAME}"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    root(edge, f"{made} -keyout {_GIVEN}.key -out {_GIVEN} {names} {days} 2>/dev/null")
