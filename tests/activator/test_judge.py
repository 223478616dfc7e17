"""A release that answers its health check but fails its users goes back; one that is as good as the one before stays."""

import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activator.judge import Seen, least_difference, of_row, wilson, worse
from tests.activator import bundles
from tests.activator.machine import Machine
from tests.activator.test_reverts import put_back

RULES = {"errors": 1, "slower": 3, "requests": 100}
OLD = bundles.service("healthy 1")


def new(**changes: Any) -> bundles.Made:
    return bundles.service("healthy 2", judge=RULES, **changes)


def used(machine: Machine, requests: float = 2000) -> Machine:
    """A machine whose users send `requests` a second to a release that fails one in a thousand."""
    assert machine.apply(OLD) == 0
    machine.requests, machine.failing = requests, {"healthy 1": 0.001}
    return machine


def test_a_release_that_fails_more_of_its_users_requests_goes_back_with_the_numbers(machine: Machine):
    used(machine).failing["healthy 2"] = 0.04
    said = put_back(machine, new())
    assert "slot green fails its users: 80 of 2000 requests failed (4.0 %)" in said
    assert "with the release before: " in said and "(0.1 %)" in said
    assert machine.outages == []


def test_one_that_is_slower_goes_back(machine: Machine):
    used(machine).milliseconds |= {"healthy 1": 10, "healthy 2": 60}
    assert "answers take 60 ms, 10 ms before" in put_back(machine, new())


@pytest.mark.parametrize(
    ("failing", "milliseconds"), [(0.001, 5), (0.0, 5), (0.008, 5), (0.001, 14), (0.001, 24)]
)
def test_one_that_is_about_as_good_stays(machine: Machine, failing: float, milliseconds: int):
    used(machine).failing["healthy 2"] = failing
    machine.milliseconds["healthy 2"] = milliseconds
    assert machine.apply(new()) == 0, machine.said
    assert any("users fare as before" in said for said in machine.said)


def test_too_few_requests_are_no_reason_to_go_back(machine: Machine):
    used(machine, requests=40).failing["healthy 2"] = 0.5
    assert machine.apply(new()) == 0, machine.said
    assert not any("users fare" in said for said in machine.said)


def test_without_a_judge_only_health_counts(machine: Machine):
    used(machine).failing["healthy 2"] = 0.5
    assert machine.apply(bundles.service("healthy 2", judge=None)) == 0, machine.said


def test_shares_of_the_requests_are_judged_side_by_side_before_all_follow(machine: Machine):
    used(machine).said.clear()
    assert machine.apply(new(share=[5, 25])) == 0, machine.said
    shown = re.findall(r"(\d+) % of the requests|(switched):", "\n".join(machine.said))
    assert shown == [("5", ""), ("25", ""), ("", "switched")]
    assert machine.counted["green"][0] >= 100 + 500 + 2000, "each for a second, then all of them"
    assert machine.weights == {"blue": 1, "green": 1}


def test_a_bad_release_has_met_only_its_share_of_the_users(machine: Machine):
    used(machine).failing["healthy 2"] = 0.2
    said = put_back(machine, new(share=[10, 50]))
    assert "share: slot green fails its users" in said
    assert machine.counted["green"][0] == pytest.approx(200)
    assert machine.weights == {"blue": 1, "green": 1}
    assert machine.outages == []


def test_the_way_back_after_an_unconfirmed_release_is_not_judged(machine: Machine):
    used(machine).failing["healthy 1"] = 0.3
    assert machine.apply(new(), "--confirm-within", "60") == 0, machine.said
    machine.failing["healthy 1"] = 0.9
    assert machine.fire() == 0, machine.said
    assert machine.answering() == {"healthy 1"}


def test_hundred_good_releases_under_noise_all_stay_and_hundred_bad_ones_all_go():
    chance = random.Random(1)

    def asked(requests: int, share: float, time: float) -> Seen:
        failed = sum(chance.random() < share for _ in range(requests))
        return Seen(requests, failed, chance.gauss(time, time / 20))

    for _ in range(100):
        requests, share = chance.randint(100, 3000), chance.choice([0, 0.001, 0.02, 0.3])
        assert not worse(asked(requests, share, 12), asked(requests, share, 12), RULES)
    for _ in range(100):
        old = asked(3000, 0.001, 12)
        assert worse(old, asked(3000, 0.05, 12), RULES)
        assert worse(old, asked(3000, 0.001, 60), RULES)


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 10**6))
def test_an_interval_lies_around_what_was_seen(requests: int, failed: int, others: int, theirs: int):
    ours, before = Seen(requests, min(failed, requests)), Seen(others, min(theirs, others))
    low, high = wilson(ours)
    assert (
        0 <= low <= ours.failed / ours.requests + 1e-12 and ours.failed / ours.requests - 1e-12 <= high <= 1
    )
    assert (
        least_difference(ours, before)
        <= ours.failed / ours.requests - before.failed / before.requests + 1e-12
    )


def test_the_interval_is_that_of_the_literature():
    """Newcombe's own example 56/70 against 48/80 (method 10, 95 %): 0.0524 to 0.3339. Ours asks for 3.29 deviations, not 1.96."""
    import activator.judge as judge

    doubt, judge.DOUBT = judge.DOUBT, 1.959964
    try:
        assert least_difference(Seen(70, 56), Seen(80, 48)) == pytest.approx(0.0524, abs=5e-5)
    finally:
        judge.DOUBT = doubt


def test_a_broken_connection_and_a_broken_answer_count_as_failed_and_a_reload_begins_anew():
    row = {"hrsp_2xx": "90", "hrsp_4xx": "5", "hrsp_5xx": "3", "econ": "1", "eresp": "1", "rtime": "7"}
    assert of_row(row) == Seen(100, 5, 7)
    assert Seen(100, 5, 7).since(Seen(40, 1, 9)) == Seen(60, 4, 7)
    assert Seen(10, 1, 7).since(Seen(40, 1, 9)) == Seen(10, 1, 7)
