"""Killed or cut off from power before or after any effect: a release always answers, a rerun converges.

Proved on the fake machine, whose effects are all or nothing, but for torn lines of the ledger and files that
were written and not yet renamed.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.activator import bundles
from tests.activator.fake_host import FakeHost
from tests.activator.machine import Machine
from tests.activator.state import Crash

ONE, TWO, THREE = (bundles.service(f"healthy {number}") for number in (1, 2, 3))
SICK, DYING = bundles.service("ill at once"), bundles.service("dies")
RECONFIGURED = bundles.service("healthy 4", config=bundles.CONFIG + "  timeout server 9s\n")
MORE_FILES = bundles.service("healthy 5", more=(bundles.entry("/etc/logrotate.d/greeter", "weekly\n", None),))
SHARED = bundles.service("healthy 6", share=[10, 50])
MADE = {
    made.manifest["version"]: made
    for made in (ONE, TWO, THREE, RECONFIGURED, MORE_FILES, SHARED, SICK, DYING)
}
PROGRAMS = {
    made.release: made.manifest["version"] for made in (ONE, TWO, THREE, RECONFIGURED, MORE_FILES, SHARED)
}


def crash(machine: Machine, do: Callable[[], int], at: int, torn: bool = False) -> bool:
    """Runs `do` and crashes it at its `at`-th effect; False when it ended before."""
    machine.crash_at, machine.torn = machine.effects + at, torn
    try:
        do()
    except Crash:
        return True
    finally:
        machine.crash_at = None
    return False


def released(*made: bundles.Made) -> Machine:
    """A machine on which these went live, one after the other."""
    machine = Machine()
    for one in made:
        assert machine.apply(one) == 0, machine.said
    return machine


def intact(machine: Machine, release: str | None) -> bool:
    return release is None or (machine.root / f"opt/greeter/app/releases/{release}/bin/greeter").exists()


@pytest.mark.parametrize(
    ("after", "then"),
    [
        (TWO, "run again"),
        (TWO, "reboot, run again"),
        (TWO, "torn ledger, reboot, deploy another"),
        (RECONFIGURED, "reboot, run again"),
        (SICK, "run again"),
        (SHARED, "run again"),
        (SHARED, "reboot, deploy another"),
    ],
)
def test_killed_at_any_effect_of_a_release_one_always_answers_and_the_next_run_converges(
    after: bundles.Made, then: str
):
    at, start = 0, released(ONE, THREE, ONE)
    while True:
        at += 1
        machine = start.clone()
        crashed = crash(machine, lambda: machine.apply(after), at, torn="torn" in then)  # noqa: B023
        if "reboot" in then:
            machine.reboot()
        assert machine.answering() <= {"healthy 1", after.manifest["version"]}, at
        assert "nobody" not in machine.answering(), at
        status = machine.status()
        assert intact(machine, status["release"]), at
        assert intact(machine, status["previous"]), at
        wanted = THREE if "another" in then else after
        code = machine.apply(wanted)
        expected = "healthy 1" if wanted is SICK else wanted.manifest["version"]
        assert code == (3 if wanted is SICK else 0), (at, machine.said[-4:])
        assert machine.answering() == {expected}, at
        status = machine.status()
        assert status["unfinished"] is None
        assert PROGRAMS[status["release"]] == expected, at
        assert machine.outages == [], at
        ready = [slot for slot, state in machine.servers.items() if state == "ready"]
        idle = machine.units[f"greeter@{'green' if ready == ['blue'] else 'blue'}.service"]
        assert (idle.active, idle.enabled) == (False, False), at
        leftovers = [path.name for path in machine.root.rglob(".s*") if path.name != ".slipway"]
        assert leftovers == [], at
        machine.reboot()
        assert machine.answering() == {expected}, at
        machine.close()
        if not crashed:
            break
    start.close()
    assert at > 60, "the crash was tried at every effect, and a release has many"


@pytest.mark.parametrize("reboot", [False, True])
def test_killed_at_any_effect_of_a_first_release_the_next_run_converges(reboot: bool):
    at, crashed = 0, True
    while crashed:
        at += 1
        machine = Machine()
        crashed = crash(machine, lambda: machine.apply(ONE), at)  # noqa: B023
        if reboot:
            machine.reboot()
        assert machine.apply(TWO) == 0, (at, machine.said)
        assert machine.answering() == {"healthy 2"}
        machine.close()
    assert at > 60


class CutInTheSwitch(FakeHost):
    """Goes off between the two halves of the switch."""

    def ask_proxy(self, path: str, command: str) -> str:
        if command.endswith("blue state drain"):
            raise Crash
        return super().ask_proxy(path, command)


def test_killed_at_any_effect_of_the_way_back_the_next_run_ends_it():
    at, crashed, start = 0, True, released(ONE)
    while crashed:
        at += 1
        machine = start.clone()
        before, states = machine.tree(), machine.states()
        with pytest.raises(Crash):
            machine.apply(TWO, host=CutInTheSwitch(machine))
        crashed = crash(machine, lambda: machine.apply(SICK), at)  # noqa: B023
        assert machine.answering() <= {"healthy 1", "healthy 2"}
        assert machine.apply(ONE) == 0, (at, machine.said)
        assert machine.answering() == {"healthy 1"}
        if machine.answers[-1]["changed"] is False:
            assert machine.states()["units"] == states["units"]
            assert set(before) <= set(machine.tree())
        assert machine.outages == [], at
        machine.close()


def test_killed_at_any_effect_of_a_removal_the_next_removal_or_release_ends_it():
    start = released(ONE)
    for purge in ((), ("--purge",)):
        at, crashed = 0, True
        while crashed:
            at += 1
            machine = start.clone()
            crashed = crash(machine, lambda: machine.remove(*purge), at)  # noqa: B023
            if at % 2:
                assert machine.remove(*purge) == 0, (at, machine.said)
                assert machine.states()["units"] == {"nginx.service": (True, True)}, at
                left = [path for path in machine.tree() if "greeter" in path and "/data" not in path]
                assert [path for path in left if not path.endswith(("/greeter", "/logs"))] == [], at
            assert machine.apply(TWO) == 0, (at, machine.said)
            assert machine.answering() == {"healthy 2"}
            machine.close()


def test_a_reboot_while_a_release_is_put_back_that_was_about_to_be_enabled_starts_no_third_one():
    for at in range(1, 150):
        machine = Machine()
        for made in (ONE, TWO, ONE):
            assert machine.apply(made) == 0
        effect = 94  # in the step `boot`: both slots are enabled, and the proxy's file names the new one
        assert crash(machine, lambda machine=machine: machine.apply(RECONFIGURED), effect, False)
        assert machine.events()[-1].get("step") == "boot"
        crash(machine, lambda machine=machine: machine.apply(ONE), at, False)
        is_back = any(event.get("result") == "reverted" for event in machine.events())
        machine.reboot()
        assert machine.answering() <= {"healthy 1", "healthy 4"}, at
        machine.close()
        if is_back:
            return
    raise AssertionError("it was never back")


class Deploys(RuleBasedStateMachine):
    """Any mix of releases, secrets, crashes, reboots and removals."""

    @initialize()
    def begin(self) -> None:
        self.machine = Machine()
        self.may_answer: set[str] = set()

    def teardown(self) -> None:
        self.machine.close()

    @rule(
        program=st.sampled_from([*PROGRAMS.values(), "ill at once", "dies"]),
        secret=st.sampled_from(["", '{"KEY": "a"}', '{"KEY": "b"}']),
        at=st.none() | st.integers(1, 220),
        torn=st.booleans(),
        reboot=st.booleans(),
        within=st.booleans(),
    )
    def deploy(
        self, program: str, secret: str, at: int | None, torn: bool, reboot: bool, within: bool
    ) -> None:
        machine, made = self.machine, MADE[program]
        before = machine.answering() | {PROGRAMS.get(machine.status()["release"], "")}
        more = ("--confirm-within", "60") if within else ()
        crashed = crash(machine, lambda: machine.apply(made, *more, secrets=secret), at or 10_000, torn)
        if reboot:
            machine.reboot()
        if machine.served:
            self.may_answer = before | {made.manifest["version"]}
            assert "nobody" not in machine.answering()
            assert machine.answering() <= self.may_answer
        if not crashed and made in (SICK, DYING):
            assert machine.answers == [] or machine.answers[-1].get("release") != made.release

    @rule(
        program=st.sampled_from(["healthy 1", "healthy 2", "healthy 4"]),
        secret=st.sampled_from(["", '{"KEY": "a"}']),
    )
    def a_good_release_heals(self, program: str, secret: str) -> None:
        machine, made = self.machine, MADE[program]
        assert machine.apply(made, secrets=secret) == 0, machine.said
        assert machine.answering() == {made.manifest["version"]}
        assert machine.apply(made, secrets=secret) == 0
        assert machine.answers[-1]["changed"] is False, machine.said[-5:]

    @rule(at=st.none() | st.integers(1, 150))
    def the_timer_fires(self, at: int | None) -> None:
        if self.machine.timer:
            crash(self.machine, self.machine.fire, at or 10_000)

    @rule(made=st.sampled_from([ONE, TWO]), at=st.none() | st.integers(1, 150))
    def confirm(self, made: bundles.Made, at: int | None) -> None:
        # One that was unpacked and never went live is put aside when its unfinished run is ended.
        known = [one["release"] for one in self.machine.releases()["kept"] if "when" in one]
        cut_off, code = self.machine.status()["unfinished"], -1

        def do() -> int:
            nonlocal code
            code = self.machine.confirm(made)
            return code

        if not crash(self.machine, do, at or 10_000) and made.release in known and self.machine.served:
            if cut_off and made.release not in [one["release"] for one in self.machine.releases()["kept"]]:
                assert code == 1, (
                    "a release that had been committed was ended first, and took the oldest one along"
                )
                return
            assert code == 0, self.machine.said
            assert self.machine.answering() == {made.manifest["version"]}
            assert self.machine.status()["unconfirmed"] is False

    @rule(at=st.none() | st.integers(1, 60))
    def remove(self, at: int | None) -> None:
        self.machine.served = False
        crash(self.machine, self.machine.remove, at or 10_000)

    @invariant()
    def none_was_ever_without_an_answer(self) -> None:
        assert self.machine.outages == []

    @invariant()
    def the_ledger_tells_the_truth(self) -> None:
        machine = self.machine
        if not machine.served:
            return
        status = machine.status()
        assert intact(machine, status["release"])
        assert intact(machine, status["previous"])
        if status["unfinished"] is None:
            assert machine.answering() == {PROGRAMS[status["release"]]}
            current = json.loads(machine.text("/opt/greeter/app/current/manifest.json"))
            assert current["release"] == status["release"]


Deploys.TestCase.settings = settings(
    max_examples=60, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
test_any_mix_of_releases_crashes_and_removals = Deploys.TestCase
