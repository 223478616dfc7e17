"""A restart: the live release in the other slot, as a release does it."""

from __future__ import annotations

from tests.activator import bundles
from tests.activator.machine import Machine

ONE, TWO = (bundles.service(f"healthy {number}") for number in (1, 2))


def restart(machine: Machine) -> int:
    return machine.main("restart", "--service", "greeter")


def test_the_live_release_gets_a_new_process_in_the_other_slot_and_nobody_is_lost(machine: Machine) -> None:
    machine.apply(TWO)
    machine.apply(ONE, secrets='{"KEY": "hunter22"}')
    before = machine.status()
    secrets = machine.text(f"/opt/greeter/conf/{before['slot']}.secrets")
    assert restart(machine) == 0, machine.said
    after = machine.status()
    assert (after["release"], after["previous"]) == (before["release"], before["previous"])
    assert after["slot"] != before["slot"] and after["pid"] != before["pid"]
    assert machine.text(f"/opt/greeter/conf/{after['slot']}.secrets") == secrets
    assert after["owner"] == before["owner"]
    assert machine.outages == []


def test_what_fails_to_start_anew_leaves_the_old_process_serving(machine: Machine) -> None:
    machine.apply(ONE)
    before = machine.status()
    machine.ill.add("healthy 1")
    assert restart(machine) == 3
    after = machine.status()
    assert (after["slot"], after["pid"]) == (before["slot"], before["pid"])


def test_a_release_that_waits_to_be_confirmed_is_not_restarted(machine: Machine) -> None:
    machine.apply(ONE)
    machine.apply(TWO, "--confirm-within", "90")
    assert restart(machine) == 1
    assert "waits to be confirmed" in machine.said[-1]


def test_without_a_release_there_is_nothing_to_restart(machine: Machine) -> None:
    assert restart(machine) == 1
    assert "does not run here" in machine.said[-1]


def test_status_tells_the_unit_its_proxy_and_its_sessions(machine: Machine) -> None:
    machine.apply(ONE)
    machine.sessions["blue"] = 3
    unit = machine.status()["unit"]
    assert (unit["name"], unit["active"], unit["restarts"], unit["sessions"]) == (
        "greeter@blue.service",
        True,
        0,
        3,
    )
