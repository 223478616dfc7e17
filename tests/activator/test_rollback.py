"""Going back to a release that the host keeps, from its own disk."""

from __future__ import annotations

import pytest

from activator.host import Host
from tests.activator import bundles
from tests.activator.machine import Machine

ONE, TWO, THREE = (bundles.service(f"healthy {number}", keep=5) for number in (1, 2, 3))
WITHIN = ("--confirm-within", "60")


def turn_on(machine: Machine, releases: str, *more: str) -> int:
    return machine.main("apply", "--service", "greeter", "--release", releases, "--owner", "me", *more)


def previous(machine: Machine) -> str:
    assert machine.main("previous", "--service", "greeter") == 0, machine.said
    return machine.answers[-1]["release"]


@pytest.fixture
def released(machine: Machine) -> Machine:
    for made in (ONE, TWO, THREE):
        assert machine.apply(made) == 0
    for path in (machine.root / "home/deploy/.slipway").iterdir():
        path.unlink()
    return machine


def test_the_previous_release_comes_back_from_the_disk_and_then_the_one_that_was_left_is_previous(
    released: Machine,
):
    assert previous(released) == TWO.release
    assert turn_on(released, TWO.release) == 0, released.said
    assert released.answering() == {"healthy 2"}
    assert previous(released) == THREE.release
    assert released.outages == []


def test_asking_for_the_previous_release_changes_nothing(released: Machine):
    before = released.tree(), released.events()
    previous(released)
    assert (released.tree(), released.events()) == before


def test_a_release_that_went_back_unconfirmed_is_not_gone_back_to(released: Machine):
    turn_on(released, TWO.release)
    turn_on(released, THREE.release, *WITHIN)
    released.fire()
    assert released.answering() == {"healthy 2"}
    assert previous(released) == ONE.release


def test_without_a_release_before_it_says_so(machine: Machine):
    machine.apply(ONE)
    assert machine.main("previous", "--service", "greeter") == 1
    assert f"no release here to go back to, {ONE.release} is the only one" in machine.said[-1]


def test_of_several_the_one_that_the_host_keeps_is_turned_on(released: Machine):
    assert turn_on(released, f"0123456789ab,{ONE.release}") == 0
    assert released.answering() == {"healthy 1"}
    assert released.confirm(ONE) == 0


def test_two_that_the_host_keeps_are_refused(released: Machine):
    assert turn_on(released, f"{ONE.release},{TWO.release}") == 1
    assert "name one of them" in released.said[-1]
    assert released.answering() == {"healthy 3"}


def test_none_that_the_host_keeps_is_refused_with_those_it_does(released: Machine):
    assert turn_on(released, "0123456789ab,ba9876543210") == 1
    assert "holds no release 0123456789ab or ba9876543210 of greeter" in released.said[-1]
    for made in (ONE, TWO, THREE):
        assert made.release in released.said[-1]
    assert released.answering() == {"healthy 3"}


def test_an_older_release_gets_the_activator_that_turned_it_on(released: Machine):
    turn_on(released, ONE.release)
    path = f"/opt/greeter/app/releases/{ONE.release}/activator.pyz"
    assert released.text(path) == "the activator that runs", "it is what its timer and its removal run"


def test_what_ends_a_run_badly_is_on_stdout_and_progress_on_stderr(capsys: pytest.CaptureFixture[str]):
    host = Host()
    host.say("on the way")
    host.conclude("failed because")
    assert capsys.readouterr() == ("failed because\n", "on the way\n")
