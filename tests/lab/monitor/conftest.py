"""A monitor that watches an edge and two hosts. One stack for all tests here."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from lab.kind import Kind
from lab.lab import Lab
from lab.machine import Machine
from tests.lab.evidence import root
from tests.lab.project import Project, Run, greeter, region

SECRET = "ALERT_URL"


@dataclass(kw_only=True)
class Told:
    """What arrived at a webhook: name of the alarm, host and whether it fires or is over, in their order."""

    url: str
    events: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The stack, its machines, who is told, and what the first `up` said."""

    project: Project
    stack: dict[str, Any]
    edge: Machine
    hosts: tuple[Machine, Machine]
    monitor: Machine
    told: Told
    first: Run

    @property
    def machines(self) -> tuple[Machine, ...]:
        return (self.edge, *self.hosts, self.monitor)

    def changed(self, **monitor: Any) -> dict[str, Any]:
        """The stack file's values with other ones of the monitor."""
        found = copy.deepcopy(self.stack)
        found["regions"]["lab"]["monitor"] |= monitor
        return found

    def ask(self, path: str) -> Any:
        """What the monitor says, asked as a reader."""
        return json.loads(root(self.edge, f"curl -sSfg -m 10 'http://{self.monitor.address}{path}'"))

    def firing(self) -> set[tuple[str, str]]:
        """Name and host of each alarm that Alertmanager has."""
        found = self.ask("/alertmanager/api/v2/alerts?active=true&inhibited=false")
        return {(each["labels"]["alertname"], each["labels"].get("host", "")) for each in found}

    def until(self, condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                alarms = root(self.monitor, "curl -sS http://127.0.0.1:9090/api/v1/alerts")
                pytest.fail(f"{what} did not come within {seconds:g} s; {self.told.events}; {alarms}")
            time.sleep(0.3)

    def fires(self, alarm: str, host: str = "") -> None:
        self.until(lambda: (alarm, host) in self.firing(), f"{alarm} of {host or 'all'}")
        self.until(lambda: (alarm, host, "firing") in self.told.events, f"word of {alarm} of {host or 'all'}")

    def resolves(self, alarm: str, host: str = "") -> None:
        self.until(lambda: (alarm, host) not in self.firing(), f"the end of {alarm} of {host or 'all'}")
        self.until(
            lambda: (alarm, host, "resolved") in self.told.events,
            f"word that {alarm} of {host or 'all'} is over",
        )


@pytest.fixture(scope="module")
def told(lab: Lab) -> Iterator[Told]:
    """A webhook on this machine, which the monitor reaches."""
    found = Told(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            for each in body["alerts"]:
                labels = each["labels"]
                found.events.append((labels["alertname"], labels.get("host", ""), each["status"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer((lab.network.gateway, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://{lab.network.gateway}:{server.server_port}/secret-path-of-the-hook"
    yield found
    server.shutdown()


@pytest.fixture(scope="module")
def watched(lab: Lab, told: Told, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    edge, one, two, monitor = (lab.add(f"seen{number}", kind=Kind.OBSERVED) for number in range(4))
    its = region([monitor])["hosts"][0] | {
        "readers": [edge.address],
        "alerts": {"webhooks": [SECRET]},
        "every": 1,
        "settle": 3,
    }
    stack = greeter(region([one, two], edge) | {"monitor": its}, metrics={})
    stack["regions"]["lab"]["firewall"] = {"operators": [lab.network.gateway]}
    stack["secrets"] = {SECRET: told.url, "OWN": "for the service alone"}
    project = Project(tmp_path_factory.mktemp("project"), stack)
    first = project.must_up()
    yield Watched(
        project=project, stack=stack, edge=edge, hosts=(one, two), monitor=monitor, told=told, first=first
    )
    for machine in (edge, one, two, monitor):
        lab.remove(machine.name)
