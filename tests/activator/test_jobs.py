"""Timers belong to the release that serves: they come after the switch, and go back with it."""

from __future__ import annotations

from tests.activator import bundles
from tests.activator.bundles import Made, job
from tests.activator.machine import Machine
from tests.activator.test_crashes import crash

TIMER, UNIT = "slipway-greeter-job-clean.timer", "/etc/systemd/system/slipway-greeter-job-clean.service"


TWO = bundles.service("healthy 2")


def with_job(words: str, when: str = "daily") -> Made:
    return bundles.service(words, more=job("clean", when), schedule=["clean"])


def recovered(machine: Machine) -> str:
    """Ends what was cut off, and nothing else; the release that is live then."""
    assert machine.main("revert", "--service", "greeter", "--release", "0" * 12) == 0, machine.said
    return machine.status()["release"]


def timers(machine: Machine) -> dict[str, tuple[bool, bool]]:
    return {
        name: (unit.active, unit.enabled) for name, unit in machine.units.items() if name.endswith(".timer")
    }


def test_a_timer_runs_the_program_of_the_slot_that_serves(machine: Machine):
    assert machine.apply(with_job("healthy 1")) == 0, machine.said
    assert timers(machine) == {TIMER: (True, True)}
    assert "/app/blue/bin/greeter" in machine.text(UNIT)
    assert machine.apply(with_job("healthy 2")) == 0, machine.said
    assert "/app/green/bin/greeter" in machine.text(UNIT)
    assert machine.loaded.get(TIMER) == machine.text(f"/etc/systemd/system/{TIMER}")


def test_it_changes_only_once_requests_have_moved(machine: Machine):
    machine.apply(with_job("healthy 1"))
    before = machine.tree()
    assert machine.apply(with_job("healthy 2 ill after the switch", "hourly")) == 3
    assert machine.tree() == before and timers(machine) == {TIMER: (True, True)}


def test_a_release_without_it_takes_it_away_and_one_that_is_cut_off_brings_it_back(machine: Machine):
    machine.apply(with_job("healthy 1"))
    at = 0
    while crash(trial := machine.clone(), lambda trial=trial: trial.apply(TWO), at := at + 1):
        went_live = recovered(trial) == TWO.release
        assert timers(trial) == {TIMER: (not went_live, not went_live)}, f"killed at effect {at}"
        assert (trial.root / UNIT[1:]).exists() is not went_live
        trial.close()
    assert timers(trial) == {TIMER: (False, False)} and not (trial.root / UNIT[1:]).exists()


def test_one_that_is_new_is_gone_when_its_release_is_put_back(machine: Machine):
    machine.apply(TWO)
    at = 0
    while crash(
        trial := machine.clone(), lambda trial=trial: trial.apply(with_job("healthy 1")), at := at + 1
    ):
        went_live = recovered(trial) != TWO.release
        assert timers(trial).get(TIMER, (False, False)) == (went_live, went_live), f"killed at effect {at}"
        assert (trial.root / UNIT[1:]).exists() is went_live
        assert not any("but:" in said for said in trial.said), trial.said
        trial.close()
    assert timers(trial) == {TIMER: (True, True)}


def test_a_timer_that_somebody_stopped_is_started_again_in_place(machine: Machine):
    machine.apply(with_job("healthy 1"))
    pid = machine.units["greeter@blue.service"].pid
    machine.units[TIMER].active = False
    assert machine.apply(with_job("healthy 1")) == 0
    assert timers(machine) == {TIMER: (True, True)}
    assert machine.units["greeter@blue.service"].pid == pid


def test_it_goes_with_the_service(machine: Machine):
    machine.apply(with_job("healthy 1"))
    assert machine.remove() == 0
    assert timers(machine) == {TIMER: (False, False)} and not (machine.root / UNIT[1:]).exists()


def test_the_way_back_takes_it_along(machine: Machine):
    machine.apply(with_job("healthy 1"))
    machine.apply(bundles.service("healthy 2"), "--confirm-within", "60")
    assert timers(machine) == {TIMER: (False, False)}
    assert machine.fire() == 0, machine.said
    assert timers(machine) == {TIMER: (True, True)}
