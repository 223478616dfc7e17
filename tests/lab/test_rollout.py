"""A release over three real hosts behind an edge: where it stops, what goes back by itself, and how the next one heals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from lab.lab import Lab
from lab.machine import Machine
from tests.lab import evidence
from tests.lab.project import Project, greeter, region

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]
REVERT = "slipway-greeter-revert"
"""What the activator calls the timer, and the service that it starts."""


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """A stack whose three hosts get a release one after another."""

    project: Project
    edge: Machine
    hosts: tuple[Machine, ...]

    def configure(self, greeting: str, **service: Any) -> None:
        settings = greeter(region(self.hosts, self.edge), environment={"GREETING": greeting}, **service)
        settings["release"] |= {"batches": [1], "drain": 2}
        self.project.configure(settings)

    def serves(self) -> list[str]:
        return [evidence.greeting(host, 8080)["message"] for host in self.hosts]


@pytest.fixture(scope="module")
def made(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    names = ("entry", "canary", "second", "third")
    edge, *hosts = (lab.add(name) for name in names)
    fleet = Fleet(project=Project(tmp_path_factory.mktemp("fleet"), {}), edge=edge, hosts=tuple(hosts))
    yield fleet
    for name in names:
        lab.remove(name)


@pytest.fixture
def fleet(made: Fleet) -> Fleet:
    """All three hosts serve "one"."""
    made.configure("one")
    made.project.must_up()
    assert made.serves() == ["one", "one", "one"]
    return made


@contextmanager
def ports_taken(machine: Machine) -> Iterator[None]:
    """Somebody else listens on both slots' ports, so the host refuses every release."""
    # The service itself has one of them; on that one this just fails.
    listen = "nohup python3 -m http.server $port --bind 127.0.0.1 >/dev/null 2>&1 & echo $!"
    machine.run(f"for port in 18081 18082; do {listen}; done >squatters")
    evidence.wait_for(
        lambda: {18081, 18082} <= evidence.listening(machine).keys(), "somebody on the idle slot's port"
    )
    try:
        yield
    finally:
        machine.run("kill $(cat squatters)", check=False)
        evidence.wait_for(
            lambda: not {18081, 18082} <= evidence.listening(machine).keys(), "the port to be free again"
        )


def armed(machine: Machine) -> bool:
    state = machine.run(f"systemctl is-active {REVERT}.timer", check=False).stdout.strip()
    return state == "active"


def test_a_release_that_fails_on_the_canary_reaches_no_other_host(fleet: Fleet) -> None:
    others = evidence.snapshots(*fleet.hosts[1:], fleet.edge)
    fleet.configure("sick", health={"path": "/nowhere", "deadline": 5})
    failed = fleet.project.up()
    assert failed.code != 0
    assert "on canary at step health" in failed.text
    assert fleet.serves() == ["one", "one", "one"]
    assert evidence.snapshots(*fleet.hosts[1:], fleet.edge) == others
    assert not any(armed(host) for host in fleet.hosts)


def test_hosts_before_the_one_that_failed_go_back_by_themselves_and_the_next_up_heals(fleet: Fleet) -> None:
    canary, second, third = fleet.hosts
    untouched = evidence.snapshots(third, fleet.edge)
    fleet.configure("two")
    with ports_taken(second):
        failed = fleet.project.up()
        assert failed.code != 0
        assert "refused on second, nothing was changed" in failed.text
        assert fleet.serves() == ["two", "one", "one"]
        assert armed(canary)
        assert "goes back by itself after 480 s" in failed.text
        assert "OnActiveUSec=8min" in canary.run(f"systemctl show {REVERT}.timer -P TimersMonotonic").stdout
        # What the timer starts when it is up, now instead of in eight minutes.
        canary.run(f"sudo -n systemctl start {REVERT}.service")
        evidence.wait_for(lambda: fleet.serves() == ["one", "one", "one"], "the canary's old release")
        assert evidence.snapshots(third, fleet.edge) == untouched
    healed = fleet.project.must_up()
    assert fleet.serves() == ["two", "two", "two"]
    assert "lab-canary" not in healed.changed, "its release was applied; only its confirmation was missing"
    assert "lab-canary-confirm" in healed.changed
    assert not any(armed(host) for host in fleet.hosts)


def test_the_old_release_is_kept_when_it_is_released_again_before_the_timer_is_up(fleet: Fleet) -> None:
    canary, second, _ = fleet.hosts
    fleet.configure("two")
    with ports_taken(second):
        assert fleet.project.up().code != 0
    assert armed(canary)
    fleet.configure("one")
    fleet.project.must_up()
    assert fleet.serves() == ["one", "one", "one"]
    assert not any(armed(host) for host in fleet.hosts), "a host would go to the release that was given up"


def test_a_second_up_opens_no_connection(fleet: Fleet) -> None:
    before = [evidence.accepted(machine) for machine in (*fleet.hosts, fleet.edge)]
    again = fleet.project.must_up()
    assert again.changed == {}
    assert "3 hosts in 3 batches: canary | second | third" in again.text
    assert [evidence.accepted(machine) for machine in (*fleet.hosts, fleet.edge)] == before
