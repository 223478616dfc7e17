"""Batch arithmetic: who gets a release when, and how long the first may wait for the last."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import rollout
from model.refusal import Refusal
from model.release_policy import ReleasePolicy
from model.service import Health, Service

SERVICE = Service(name="shop", source="shop", arguments=("{port}",))
sizes = st.lists(st.integers(1, 30) | st.integers(1, 100).map("{}%".format), min_size=1, max_size=5)


def names(count: int) -> list[str]:
    return [f"web{number}" for number in range(1, count + 1)]


def plan(*hosts: int, service: Service = SERVICE, **policy: Any) -> rollout.Rollout:
    regions = {name: names(count) for name, count in zip(("eu", "us", "ap"), hosts, strict=False)}
    return rollout.plan(regions, ReleasePolicy(**policy), service)


def allowed(size: int | str, others: int) -> int:
    return size if isinstance(size, int) else max(1, int(others * int(size[:-1]) / 100))


@given(st.integers(1, 200), st.integers(0, 20), sizes)
def test_every_host_is_in_exactly_one_batch_and_keeps_its_place(
    count: int, canary: int, sizes: list[int | str]
):
    found = rollout.batches(names(count), canary, sizes)
    assert [host for batch in found for host in batch] == names(count)
    assert all(found), "an empty batch would wait for nothing"


@given(st.integers(1, 200), st.integers(1, 20), sizes)
def test_the_canary_goes_first_and_alone(count: int, canary: int, sizes: list[int | str]):
    assert list(rollout.batches(names(count), canary, sizes)[0]) == names(count)[:canary]


@given(st.integers(1, 200), st.integers(0, 20), sizes)
def test_no_batch_is_larger_than_its_size(count: int, canary: int, sizes: list[int | str]):
    found = rollout.batches(names(count), canary, sizes)[1 if canary else 0 :]
    for number, batch in enumerate(found):
        size = sizes[min(number, len(sizes) - 1)]
        assert len(batch) <= allowed(size, count - canary)
        assert len(batch) == allowed(size, count - canary) or number == len(found) - 1, (
            "only the last may be smaller"
        )


@pytest.mark.parametrize(
    ("count", "canary", "given_sizes", "expected"),
    [
        (4, 1, ["100%"], [1, 3]),
        (4, 0, ["100%"], [4]),
        (4, 1, [2], [1, 2, 1]),
        (9, 1, ["25%"], [1, 2, 2, 2, 2]),
        (8, 1, ["25%"], [1, 1, 1, 1, 1, 1, 1, 1]),
        (11, 1, [1, "50%"], [1, 1, 5, 4]),
        (2, 3, ["100%"], [2]),
        (1, 1, ["100%"], [1]),
    ],
)
def test_batches_are_as_large_as_said(
    count: int, canary: int, given_sizes: list[int | str], expected: list[int]
):
    assert [len(batch) for batch in rollout.batches(names(count), canary, given_sizes)] == expected


def test_each_region_has_its_own_canary_and_regions_keep_their_order():
    found = plan(3, 2).batches
    assert list(found) == ["eu", "us"]
    assert found["eu"] == (("web1",), ("web2", "web3"))
    assert found["us"] == (("web1",), ("web2",))


def test_one_host_alone_is_not_confirmed_but_two_in_two_regions_are():
    assert plan(1).confirm_within is None
    assert plan(1, 1).confirm_within is not None


def test_on_hold_no_host_goes_back_by_itself():
    assert plan(3, onFailure="hold").confirm_within is None


@given(
    st.integers(2, 40), sizes, st.integers(1, 60), st.integers(0, 60), st.integers(1, 60), st.integers(0, 60)
)
def test_the_first_host_waits_for_all_that_the_others_may_take(
    count: int, sizes: list[int | str], deadline: int, watch: int, drain: int, pause: int
):
    policy = ReleasePolicy(batches=tuple(sizes), watch=watch, drain=drain, pause=pause)
    service = SERVICE.model_copy(update={"health": Health(deadline=deadline)})
    number = len(rollout.batches(names(count), 1, sizes))
    waits = number * (deadline + watch + 2 * drain) + (number - 1) * pause
    within = rollout.seconds_until_confirmed(number, policy, service)
    assert within >= waits + rollout.OVERHEAD * (number + 1), "dialling and unpacking take time, too"
    assert within % 60 == 0 and within - waits - rollout.OVERHEAD * (number + 1) < 60


def test_another_host_in_a_batch_changes_no_hosts_command():
    assert plan(3).confirm_within == plan(40).confirm_within


def test_a_rollout_that_takes_too_long_is_refused_with_the_numbers_and_what_to_do():
    with pytest.raises(
        Refusal, match=r"makes 150 batches, .* for 27240 s; allowed are 21600 s: make the batches larger"
    ):
        plan(150, batches=(1,))
    assert plan(150, batches=("10%",)).confirm_within
    assert plan(150, batches=(1,), onFailure="hold").confirm_within is None


@pytest.mark.parametrize(
    ("hosts", "policy", "expected"),
    [
        (
            (4,),
            {"batches": (2,), "drain": 10},
            "4 hosts in 3 batches: web1 | web2 web3 | web4; a host goes back by itself after 540 s unless all have the release",
        ),
        (
            (2, 1),
            {"pause": 30},
            "3 hosts in 3 batches: eu: web1 | web2; then us: web1; 30 s between batches; "
            "a host goes back by itself after 720 s unless all have the release",
        ),
        (
            (2,),
            {"onFailure": "hold", "canary": 0},
            "2 hosts in 1 batch: web1 web2; a host keeps the new release when a later one fails",
        ),
        ((1,), {"pause": 30}, "1 host in 1 batch: web1"),
    ],
)
def test_people_are_told_the_order_and_when_hosts_go_back(
    hosts: tuple[int, ...], policy: dict[str, Any], expected: str
):
    assert str(plan(*hosts, **policy)) == expected


def test_a_pinned_release_goes_to_all_hosts_of_all_regions_at_once_and_still_has_to_be_confirmed():
    found = plan(4, 2, pin="previous", canary=2, batches=(1,), pause=30)
    assert [len(region) for region in found.batches.values()] == [1, 1]
    assert (found.in_turn, found.pause) == (False, 0)
    assert found.confirm_within == plan(4, batches=("100%",), canary=0).confirm_within


def test_the_time_that_a_copy_may_take_to_stop_is_counted():
    slow = SERVICE.model_copy(update={"stop_timeout": 630.0})
    assert plan(2, service=slow).confirm_within == (plan(2).confirm_within or 0) + 2 * 600
