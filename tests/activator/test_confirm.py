"""A release that has to be confirmed: it goes back by itself, a confirmation keeps it, and what went back is turned on again."""

from __future__ import annotations

import json

import pytest

from tests.activator import bundles
from tests.activator.fake_host import FakeHost
from tests.activator.machine import Machine
from tests.activator.state import Crash

ONE, TWO, THREE = (bundles.service(f"healthy {number}") for number in (1, 2, 3))
WITHIN = ("--confirm-within", "60")


@pytest.fixture
def unconfirmed(machine: Machine) -> Machine:
    assert machine.apply(ONE, secrets='{"KEY": "old"}') == 0
    assert machine.apply(TWO, *WITHIN, secrets='{"KEY": "new"}') == 0, machine.said
    assert machine.answering() == {"healthy 2"}
    return machine


def secret(machine: Machine) -> str:
    live = next(slot for slot, state in machine.servers.items() if state == "ready")
    return machine.text(f"/opt/greeter/conf/{live}.secrets")


def test_the_timer_runs_the_releases_own_activator_after_so_many_seconds(unconfirmed: Machine):
    armed = next(line for line in unconfirmed.commands if line.startswith("systemd-run"))
    assert "--on-active=60s" in armed
    assert "--unit=slipway-greeter-revert" in armed
    revert = f"/releases/{TWO.release}/activator.pyz revert --service greeter --release {TWO.release}"
    assert armed.endswith(revert)
    assert unconfirmed.status()["unconfirmed"] is True


def test_what_is_not_confirmed_goes_back_with_the_secrets_it_had_and_tells_why(unconfirmed: Machine):
    assert unconfirmed.fire() == 0, unconfirmed.said
    assert unconfirmed.answering() == {"healthy 1"}
    assert secret(unconfirmed) == 'KEY="old"\n'
    assert unconfirmed.answers[-1]["release"] == ONE.release
    found = unconfirmed.releases()
    assert (found["current"], found["previous"], found["unconfirmed"]) == (ONE.release, None, False)
    why = {one["release"]: one.get("reverted") for one in found["kept"]}
    assert why == {ONE.release: None, TWO.release: "not confirmed within 60 s"}
    assert unconfirmed.outages == []


def test_a_confirmation_disarms_the_timer_and_a_second_one_is_content(unconfirmed: Machine):
    for _ in range(2):
        assert unconfirmed.confirm(TWO) == 0
        assert unconfirmed.timer is None
        answer = unconfirmed.answers[-1]
        assert (answer["confirmed"], answer["changed"], answer["release"]) == (True, False, TWO.release)
    assert [event["event"] for event in unconfirmed.events()].count("confirmed") == 1


def test_a_timer_that_fired_while_the_confirmation_had_the_lock_finds_nothing_to_do(unconfirmed: Machine):
    words = unconfirmed.timer
    unconfirmed.confirm(TWO)
    unconfirmed.timer = words
    unconfirmed.put("/run/systemd/transient/slipway-greeter-revert.timer", "")
    assert unconfirmed.fire() == 0
    assert unconfirmed.answering() == {"healthy 2"}


def test_a_confirmation_after_the_way_back_turns_the_release_on_again_from_the_disk(unconfirmed: Machine):
    unconfirmed.fire()
    for path in (unconfirmed.root / "home/deploy/.slipway").iterdir():
        path.unlink()
    assert unconfirmed.confirm(TWO, secrets='{"KEY": "new"}') == 0, unconfirmed.said
    assert unconfirmed.answering() == {"healthy 2"}
    assert secret(unconfirmed) == 'KEY="new"\n'
    answer = unconfirmed.answers[-1]
    assert (answer["confirmed"], answer["changed"]) == (True, True)
    assert unconfirmed.timer is None


def test_a_confirmation_of_a_release_that_is_not_kept_names_those_that_are(machine: Machine):
    machine.apply(ONE)
    assert machine.confirm(THREE) == 1
    assert f"no release {THREE.release} of greeter (it holds: {ONE.release})" in machine.said[-1]


def test_a_confirmation_by_somebody_who_does_not_own_the_service_is_refused(unconfirmed: Machine):
    assert unconfirmed.confirm(TWO, owner="another") == 1
    assert "belongs to me, not to another" in unconfirmed.said[-1]
    assert unconfirmed.timer


@pytest.mark.parametrize("made", [ONE, bundles.edge()], ids=["service", "edge"])
def test_a_first_release_has_nothing_to_go_back_to_and_arms_nothing(machine: Machine, made: bundles.Made):
    assert machine.apply(made, *WITHIN) == 0
    assert machine.timer is None
    assert machine.status(made.manifest["service"])["unconfirmed"] is False


def test_the_same_release_again_arms_nothing(machine: Machine):
    machine.apply(ONE)
    assert machine.apply(ONE, *WITHIN) == 0
    assert machine.timer is None


def test_rotated_secrets_go_back_to_the_same_release_with_its_old_ones(machine: Machine):
    machine.apply(ONE, secrets='{"KEY": "old"}')
    machine.apply(ONE, *WITHIN, secrets='{"KEY": "new"}')
    assert secret(machine) == 'KEY="new"\n'
    assert machine.fire() == 0, machine.said
    assert secret(machine) == 'KEY="old"\n'
    assert machine.outages == []


def test_applied_again_while_it_waits_it_gets_new_time_or_is_confirmed_when_no_time_is_given(
    unconfirmed: Machine,
):
    assert unconfirmed.apply(TWO, "--confirm-within", "90", secrets='{"KEY": "new"}') == 0
    assert "--on-active=90s" in unconfirmed.text("/run/systemd/transient/slipway-greeter-revert.timer")
    assert unconfirmed.apply(TWO, secrets='{"KEY": "new"}') == 0
    assert unconfirmed.timer is None
    assert unconfirmed.status()["unconfirmed"] is False


def test_a_file_put_right_by_hand_does_not_confirm_what_waits(unconfirmed: Machine):
    unconfirmed.put("/opt/greeter/conf/haproxy.cfg", "scribbled")
    assert unconfirmed.apply(TWO, *WITHIN, secrets='{"KEY": "new"}') == 0
    assert unconfirmed.fire() == 0
    assert unconfirmed.answering() == {"healthy 1"}


def test_a_newer_release_replaces_the_timer_of_an_older_one(unconfirmed: Machine):
    assert unconfirmed.apply(THREE, *WITHIN) == 0
    assert unconfirmed.timer
    assert unconfirmed.timer[-1] == THREE.release
    assert unconfirmed.fire() == 0
    assert unconfirmed.answering() == {"healthy 1"}


def test_a_newer_release_that_needs_no_confirmation_disarms_the_timer_of_an_older_one(unconfirmed: Machine):
    assert unconfirmed.apply(THREE) == 0
    assert unconfirmed.timer is None


def test_a_newer_release_that_fails_leaves_the_timer_of_the_older_one_armed(unconfirmed: Machine):
    assert unconfirmed.apply(bundles.service("ill after the switch"), *WITHIN) == 3
    assert unconfirmed.timer
    assert unconfirmed.timer[-1] == TWO.release
    assert unconfirmed.fire() == 0
    assert unconfirmed.answering() == {"healthy 1"}


def test_a_timer_that_cannot_be_armed_fails_the_release_and_the_older_ones_is_armed_again(
    unconfirmed: Machine,
):
    class NoTimer(FakeHost):
        def run_systemd_run(self, *words: str) -> str:
            return "Failed to start" if THREE.release in words else super().run_systemd_run(*words)

    assert unconfirmed.apply(THREE, *WITHIN, host=NoTimer(unconfirmed)) == 3
    assert "could not arm the timer" in "".join(unconfirmed.said)
    assert unconfirmed.answering() == {"healthy 2"}
    assert unconfirmed.timer
    assert unconfirmed.timer[-1] == TWO.release


def test_a_late_revert_of_an_older_release_leaves_the_newer_one_alone(unconfirmed: Machine):
    words = unconfirmed.timer
    unconfirmed.apply(THREE, *WITHIN)
    assert words
    assert unconfirmed.main(*words) == 0
    assert unconfirmed.answering() == {"healthy 3"}


def test_a_removal_disarms_the_timer(unconfirmed: Machine):
    assert unconfirmed.remove() == 0
    assert unconfirmed.timer is None


def test_a_way_back_whose_release_has_fallen_ill_leaves_the_new_one_serving(unconfirmed: Machine):
    unconfirmed.ill.add("healthy 1")
    assert unconfirmed.fire() == 3
    assert unconfirmed.answering() == {"healthy 2"}
    assert unconfirmed.status()["unconfirmed"] is True
    assert unconfirmed.outages == []


def test_an_edge_goes_back_to_its_old_file(machine: Machine):
    machine.apply(bundles.edge("one;\n"))
    machine.apply(bundles.edge("two;\n"), *WITHIN)
    assert machine.fire() == 0, machine.said
    assert machine.text("/etc/nginx/conf.d/edge.conf") == "one;\n"


def test_a_kept_release_comes_back_by_its_name(machine: Machine):
    machine.apply(ONE)
    machine.apply(TWO)
    words = ("--release", ONE.release, "--service", "greeter", "--owner", "me")
    assert machine.main("apply", *words, "--deployer", "a pipeline") == 0
    assert machine.answering() == {"healthy 1"}
    newest = machine.releases()["kept"][0]
    assert (newest["release"], newest["who"], newest["deployer"]) == (ONE.release, "deploy", "a pipeline")
    assert newest["version"] == "healthy 1"
    assert newest["sha256"] == ONE.manifest["binary"]["sha256"]
    assert newest["when"]


def test_a_release_by_a_name_that_is_not_kept_is_refused_with_those_that_are(machine: Machine):
    machine.apply(ONE)
    assert machine.main("apply", "--release", TWO.release, "--service", "greeter", "--owner", "me") == 1
    assert f"(it holds: {ONE.release})" in machine.said[-1]


def test_a_host_without_the_service_keeps_no_releases(machine: Machine):
    found = machine.releases()
    assert (found["current"], found["previous"], found["kept"]) == (None, None, [])


def crash_everywhere(do: str) -> None:
    """Kills `do` before and after each of its effects; then whatever is left must converge."""
    at, crashed, start = 0, True, Machine()
    start.apply(ONE)
    start.apply(TWO, *WITHIN)
    if do == "confirm after going back":
        start.fire()
    while crashed:
        at += 1
        machine = start.clone()
        machine.crash_at, crashed = machine.effects + at, False
        try:
            machine.fire() if do == "fire" else machine.confirm(TWO)
        except Crash:
            crashed = True
        machine.crash_at = None
        assert machine.answering() <= {"healthy 1", "healthy 2"}, at
        if at % 2:
            machine.reboot()
            assert machine.answering() <= {"healthy 1", "healthy 2"}, at
        if machine.timer and at % 3:
            assert machine.fire() == 0, (at, machine.said)
        assert machine.confirm(TWO) == 0, (at, machine.said)
        assert machine.answering() == {"healthy 2"}, at
        status = machine.status()
        assert (status["unconfirmed"], status["unfinished"]) == (False, None), at
        assert machine.timer is None, at
        assert machine.outages == [], at
        machine.close()
    assert at > 4


@pytest.mark.parametrize("do", ["confirm", "confirm after going back", "fire"])
def test_killed_at_any_effect_one_release_always_answers_and_a_confirmation_converges(do: str):
    crash_everywhere(do)


def test_killed_at_any_effect_of_an_apply_nothing_new_is_live_without_its_timer():
    at, crashed, start = 0, True, Machine()
    start.apply(ONE)
    while crashed:
        at += 1
        machine = start.clone()
        machine.crash_at, crashed = machine.effects + at, False
        try:
            machine.apply(TWO, *WITHIN)
        except Crash:
            crashed = True
        machine.crash_at = None
        if machine.status()["release"] == TWO.release:
            assert machine.timer, at
        if machine.timer:
            assert machine.fire() == 0, (at, machine.said)
            assert machine.answering() == {"healthy 1"}, at
            assert machine.status()["unfinished"] is None, at
        assert machine.outages == [], at
        machine.close()
    assert at > 60


@pytest.mark.parametrize(
    "words", [("--bundle", "x"), ("--release", "x"), ("--release", "x", "--bundle", "y")]
)
def test_half_of_an_origin_is_wrong_usage(machine: Machine, words: tuple[str, ...]):
    with pytest.raises(SystemExit) as stopped:
        machine.main("apply", *words, "--owner", "me")
    assert stopped.value.code == 2


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "1e9"])
def test_a_time_that_is_none_is_wrong_usage(machine: Machine, seconds: str):
    with pytest.raises(SystemExit):
        machine.apply(ONE, "--confirm-within", seconds)


def test_what_an_older_activator_wrote_without_a_word_of_confirmation_is_confirmed(machine: Machine):
    machine.apply(ONE)
    machine.apply(bundles.service("ill at once"))
    ledger = machine.root / "var/lib/slipway/greeter/ledger.jsonl"
    lines = [json.loads(line) for line in ledger.read_text().splitlines()]
    for line in lines:
        for key in ("confirm", "who", "deployer", "undoes", "why"):
            line.pop(key, None)
    ledger.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert machine.status()["unconfirmed"] is False
    assert machine.apply(TWO) == 0
