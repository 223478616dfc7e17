"""What a service needs from others is waited for, for a bounded time, before anything is changed."""

from __future__ import annotations

from tests.activator import bundles
from tests.activator.fake_host import FakeHost
from tests.activator.machine import Machine

ONE = bundles.service("healthy 1")
TWO = bundles.service("healthy 2", needs=["db.example:5432", "[fd00::1]:6379"])


def test_what_comes_in_time_is_waited_for(machine: Machine):
    host = FakeHost(machine)
    machine.reachable_at = machine.time + 20
    assert machine.apply(TWO, host=host) == 0, machine.said
    assert {"db.example:5432", "fd00::1:6379"} == set(host.asked_for)
    assert machine.time > machine.reachable_at


def test_what_does_not_come_is_named_and_nothing_is_changed(machine: Machine):
    machine.apply(ONE)
    before, machine.reachable_at = machine.tree(), machine.time + 1000
    began = machine.time
    assert machine.apply(TWO) == 1
    assert machine.time - began < 40
    assert (
        "needs db.example:5432, which accepted no connection from web1 within 30 s (Connection refused)"
        in machine.said[-1]
    )
    assert machine.tree() == before


def test_the_timers_way_back_waits_for_nobody(machine: Machine):
    machine.apply(TWO)
    machine.apply(ONE, "--confirm-within", "60")
    machine.reachable_at = machine.time + 1000
    assert machine.fire() == 0, machine.said
    assert machine.answering() == {"healthy 2"}


def test_what_serves_already_is_not_asked_about_again(machine: Machine):
    machine.apply(TWO)
    machine.reachable_at = machine.time + 1000
    assert machine.apply(TWO) == 0, machine.said
