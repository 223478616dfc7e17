"""A process that runs and answers nothing is started again, and nothing else is."""

from __future__ import annotations

import fcntl

import pytest

from activator import cli
from activator.failure import Interrupted
from tests.activator import bundles
from tests.activator.fake_host import FakeHost
from tests.activator.machine import Machine

BLUE = "greeter@blue.service"


class Watching(FakeHost):
    """Somebody stops the watcher after so many seconds."""

    def __init__(self, machine: Machine, seconds: float) -> None:
        super().__init__(machine)
        self.end = machine.time + seconds

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.machine.time >= self.end:
            raise Interrupted("stopped by SIGTERM")


def watched(machine: Machine, seconds: float, slot: str = "blue") -> bool:
    """Whether the slot was started again within that time."""
    before = machine.units[f"greeter@{slot}.service"].pid
    words = ["watch", "--service", "greeter", "--slot", slot]
    assert cli.main(words, Watching(machine, seconds), bytes) == 0
    return machine.units[f"greeter@{slot}.service"].pid != before


def live(machine: Machine, words: str = "healthy") -> None:
    assert machine.apply(bundles.service(words)) == 0, machine.said
    machine.said.clear()


@pytest.mark.parametrize("words", ["healthy", "healthy but deaf to signals"])
def test_a_process_that_answers_nothing_is_restarted_and_that_is_said(machine: Machine, words: str):
    live(machine, words)
    assert not watched(machine, 600)
    machine.silent = {words}
    assert watched(machine, 120)
    (line,) = (line for line in machine.said if "answered nothing" in line)
    assert "greeter@blue.service, pid 10" in line and "for 30 s (last: timed out)" in line


def test_an_error_is_an_answer_since_no_restart_brings_back_what_a_service_waits_for(machine: Machine):
    live(machine)
    machine.ill = {"healthy"}
    assert not watched(machine, 600)


def test_a_start_may_take_as_long_as_the_deadline_says(machine: Machine):
    live(machine)
    machine.silent = {"healthy"}
    assert not watched(machine, 19)


def test_nothing_is_restarted_while_somebody_releases(machine: Machine):
    live(machine)
    machine.silent = {"healthy"}
    with (machine.root / "var/lib/slipway/greeter/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert not watched(machine, 600)
    assert watched(machine, 600)


def test_a_slot_that_is_not_live_is_left_alone(machine: Machine):
    live(machine)
    live(machine, "healthy 2")
    machine.silent = {"healthy", "healthy 2"}
    machine.units[BLUE].active = True
    assert not watched(machine, 600)
    assert watched(machine, 600, "green")
