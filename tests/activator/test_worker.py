"""A worker, which nobody asks, goes through the same transaction: beside the old one, proven, put back when it is not well."""

from __future__ import annotations

from typing import Any

import pytest

from tests.activator import bundles
from tests.activator.machine import Machine
from tests.activator.test_crashes import crash

ONE, TWO = bundles.worker("works 1"), bundles.worker("works 2")
BLUE, GREEN = "greeter@blue.service", "greeter@green.service"


def running(machine: Machine) -> dict[str, str]:
    return {
        name: unit.program
        for name, unit in machine.units.items()
        if unit.active and name.startswith("greeter@")
    }


def test_a_worker_runs_without_a_proxy_once_its_command_ended_well(machine: Machine):
    assert machine.apply(ONE) == 0, machine.said
    assert running(machine) == {BLUE: "works 1"}
    assert machine.ran == ["slipway-greeter-health@blue.service works 1"] * len(machine.ran)
    assert len(machine.ran) >= 3, "asked as often as `successes` says"
    assert machine.status()["unit"] | {"since": ""} == {
        "name": BLUE,
        "active": True,
        "state": "active/x",
        "since": "",
        "restarts": 0,
    }


def test_the_next_one_starts_beside_it_and_the_old_one_is_stopped_when_the_new_one_is_well(machine: Machine):
    machine.apply(ONE)
    assert machine.apply(TWO) == 0, machine.said
    assert running(machine) == {GREEN: "works 2"}
    assert (machine.units[BLUE].enabled, machine.units[GREEN].enabled) == (False, True)
    machine.reboot()
    assert running(machine) == {GREEN: "works 2"}


@pytest.mark.parametrize("words", ["command fails", "dies", "runs another file", "runs as root"])
def test_one_that_is_not_well_goes_and_the_old_one_was_never_stopped(machine: Machine, words: str):
    machine.apply(ONE)
    before, pid = machine.tree(), machine.units[BLUE].pid
    assert machine.apply(bundles.worker(f"works 2 {words}")) == 3
    assert running(machine) == {BLUE: "works 1"}
    assert (machine.tree(), machine.units[BLUE].pid) == (before, pid)


def test_the_same_release_again_changes_nothing(machine: Machine):
    machine.apply(ONE)
    assert machine.apply(ONE) == 0
    assert machine.answers[-1]["changed"] is False


def test_it_goes_back_by_itself_unless_it_is_confirmed(machine: Machine):
    machine.apply(ONE)
    machine.apply(TWO, "--confirm-within", "60")
    assert machine.fire() == 0, machine.said
    assert running(machine) == {BLUE: "works 1"}


def by_file(words: str, **changes: Any) -> bundles.Made:
    return bundles.worker(words, health={"command": False, "fileAge": 5}, **changes)


def test_by_a_file_it_is_well_as_long_as_that_is_young(machine: Machine):
    machine.touched = machine.time + 100
    assert machine.apply(by_file("works 1")) == 0, machine.said
    assert 'SLIPWAY_HEALTH_FILE="/run/slipway-greeter/blue/health"' in machine.text(
        "/opt/greeter/conf/blue.env"
    )
    machine.touched = machine.time - 6
    assert machine.apply(by_file("works 2")) == 3
    assert any("allowed are 5 s" in said for said in machine.said)
    assert running(machine) == {BLUE: "works 1"}


def test_one_that_never_touches_its_file_is_told_so(machine: Machine):
    assert machine.apply(by_file("works 1")) == 3
    assert any("/run/slipway-greeter/blue/health is not there" in said for said in machine.said)


def test_one_that_says_by_notify_that_it_is_ready_is_well_while_it_runs(machine: Machine):
    assert machine.apply(bundles.worker("works 1", health={"command": False})) == 0, machine.said
    assert machine.ran == []
    assert machine.apply(bundles.worker("dies", health={"command": False})) == 3


def test_a_service_does_not_become_a_worker_where_it_is_live(machine: Machine):
    machine.apply(bundles.service("healthy 1"))
    before = machine.tree()
    assert machine.apply(ONE) == 1
    assert "greeter cannot become a worker where it is live: remove it first" in machine.said[-1]
    assert machine.tree() == before


def test_it_is_taken_off_like_a_service(machine: Machine):
    machine.apply(ONE)
    assert machine.remove("--purge") == 0
    assert running(machine) == {}


def test_killed_anywhere_one_of_both_runs_and_the_next_run_ends_it(machine: Machine):
    machine.apply(ONE)
    machine.served = False  # the fake's idea of it is that a proxy answers
    at = 0
    while crash(trial := machine.clone(), lambda trial=trial: trial.apply(TWO), at := at + 1):
        assert running(trial), f"nobody works after effect {at}"
        assert trial.apply(TWO) == 0, trial.said
        assert list(running(trial).values()) == ["works 2"]
        trial.close()
    assert at > 30
