"""What runs once before a release: before anything of it starts, not again when it is done, and the end of it when it fails."""

from __future__ import annotations

from typing import Any

from tests.activator import bundles
from tests.activator.bundles import Made, task
from tests.activator.machine import Machine
from tests.activator.test_crashes import crash

ONE = bundles.service("healthy 1")
TASKS = [{"name": "migrate", "timeout": 60}, {"name": "warm", "timeout": 60}]
UNIT = "slipway-greeter-task-{}@green.service"


def with_tasks(words: str, **changes: Any) -> Made:
    return bundles.service(words, more=(task("migrate"), task("warm")), tasks=TASKS, **changes)


TWO = with_tasks("healthy 2")


def test_tasks_run_in_their_order_in_the_new_program_before_it_starts(machine: Machine):
    machine.apply(ONE)
    machine.commands.clear()
    assert machine.apply(TWO) == 0, machine.said
    assert machine.ran == [f"{UNIT.format(name)} healthy 2" for name in ("migrate", "warm")]
    started = [command.split()[-1] for command in machine.commands if " start " in f" {command} "]
    assert started[:2] == [UNIT.format("migrate"), UNIT.format("warm")]
    began = machine.commands.index(f"systemctl start {UNIT.format('warm')}")
    assert machine.commands.index("systemctl restart greeter@green.service") > began


def test_one_that_fails_ends_the_release_before_anything_of_it_starts(machine: Machine):
    machine.apply(ONE)
    before = machine.tree()
    assert machine.apply(with_tasks("healthy 2 task fails")) == 3
    assert not any("restart greeter@green" in command for command in machine.commands)
    assert machine.tree() == before and machine.answering() == {"healthy 1"}
    assert any("task migrate ended failed" in said for said in machine.said)
    assert len(machine.ran) == 1, "the one after it does not run"


def test_what_a_release_has_done_is_not_done_again_for_it(machine: Machine):
    machine.apply(ONE)
    ill = with_tasks("healthy 2 ill at once")
    assert machine.apply(ill) == 3
    assert machine.apply(ill) == 3
    assert len(machine.ran) == 2
    assert machine.apply(TWO) == 0
    assert len(machine.ran) == 4


def test_a_release_that_comes_back_from_the_disk_runs_none(machine: Machine):
    machine.apply(TWO)
    machine.apply(ONE)
    machine.ran.clear()
    words = ("apply", "--service", "greeter", "--release", TWO.release, "--owner", "me")
    assert machine.main(*words) == 0, machine.said
    assert machine.answering() == {"healthy 2"} and machine.ran == []


def test_a_secret_that_a_task_prints_is_not_shown(machine: Machine):
    machine.apply(ONE)
    machine.apply(with_tasks("healthy 2 task fails"), secrets='{"KEY": "hunter22"}')
    assert not any("hunter22" in said for said in machine.said)
    assert any("[KEY]" in said for said in machine.said)


def test_one_that_was_cut_off_is_stopped_before_it_can_run_again(machine: Machine):
    machine.apply(ONE)
    at = 0
    while crash(trial := machine.clone(), lambda trial=trial: trial.apply(TWO), at := at + 1):
        if [event["step"] for event in trial.events() if event["event"] == "step"][-1:] == ["tasks"]:
            break
    trial.units[UNIT.format("migrate")].active = True
    trial.commands.clear()
    assert trial.apply(TWO) == 0, trial.said
    stop, start = (f"systemctl {verb} {UNIT.format('migrate')}" for verb in ("stop", "start"))
    assert trial.commands.index(stop) < trial.commands.index(start)
