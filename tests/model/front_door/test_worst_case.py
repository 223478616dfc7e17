"""What a front door promises: the sum, and that what it names as a remedy is one."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.front_door import objective
from model.front_door.front_door import Check, FrontDoor
from model.front_door.name_servers import NameServers
from model.front_door.worst_case import drained_within, worst_case
from model.place import Place
from model.traffic import Traffic

NAME = {"name": "api.example.com", "zone": "example.com"}
CLOUD = Place(
    kind="aws", traffic=Traffic(), machines=2, port=443, own_names=("eu.example.com",), notices_within=22
)
SERVERS = NameServers.model_construct(hosts=())


def route53(**changes: Any) -> FrontDoor:
    return FrontDoor(**NAME, mechanism="route53", **changes)  # pyright: ignore


def accelerator(**changes: Any) -> FrontDoor:
    return FrontDoor(**NAME, mechanism="globalAccelerator", **changes)  # pyright: ignore


def dns(**changes: Any) -> FrontDoor:
    return FrontDoor.model_construct(**NAME, mechanism="dns", hosts={"eu": SERVERS}, **changes)


def check(interval: int | None = None, threshold: int | None = None, timeout: int | None = None) -> Check:
    return Check(interval=interval, threshold=threshold, timeout=timeout)


doors = st.one_of(
    st.builds(
        lambda interval, threshold, client, routing: route53(
            check=check(interval, threshold), clientTimeout=client, routing=routing
        ),
        st.sampled_from([10, 30]),
        st.integers(1, 10),
        st.integers(1, 60).map(float),
        st.sampled_from(["failover", "weighted", "latency"]),
    ),
    st.builds(lambda client: accelerator(clientTimeout=client), st.integers(1, 60).map(float)),
    st.builds(
        lambda interval, threshold, timeout, ttl, client: dns(
            check=check(interval, threshold, timeout), ttl=ttl, client_timeout=client
        ),
        st.integers(1, 300),
        st.integers(1, 10),
        st.integers(1, 60),
        st.integers(1, 86400),
        st.floats(0.1, 60),
    ),
)


@pytest.mark.parametrize(
    ("door", "seconds", "words"),
    [
        (
            route53(),
            3 * (10 + 4 + 2) + 60 + 60 + 5,
            ["173 s: 48 s until the loss is seen", "3 checks of 10 s"],
        ),
        (
            route53(check=check(30, 1), clientTimeout=1.0),
            36 + 60 + 60 + 1,
            ["36 s until the loss", "1 check of 30"],
        ),
        (
            accelerator(),
            22 + 30 + 5,
            ["22 s until the load balancer's checks have failed", "30 s until Global"],
        ),
        (
            dns(),
            2 * (1 + 1) + 1 + 5 + 5 + 5,
            ["4 s until the loss is seen", "5 s until answers are too old (ttl)"],
        ),
        (dns(ttl=60, check=check(5, 3, 2)), 3 * 7 + 1 + 60 + 5 + 5, ["21 s until the loss is seen"]),
    ],
)
def test_the_worst_case_is_the_sum_of_what_is_waited_for(
    door: FrontDoor, seconds: int, words: list[str]
) -> None:
    found = worst_case(door, [CLOUD])
    assert found.seconds == seconds
    assert all(word in str(found) for word in words), str(found)


def test_the_slowest_region_decides_for_global_accelerator() -> None:
    slow = Place(kind="aws", traffic=Traffic(), machines=1, port=443, own_names=(), notices_within=250)
    assert worst_case(accelerator(), [CLOUD, slow]).seconds == 250 + 30 + 5


@given(doors)
def test_no_step_is_left_out_and_none_counted_twice(door: FrontDoor) -> None:
    found = worst_case(door, [CLOUD])
    assert found.seconds == math.ceil(sum(step.seconds for step in found.steps))
    assert all(step.seconds > 0 for step in found.steps)
    assert found.seconds >= door.client_timeout
    assert len({step.what for step in found.steps}) == len(found.steps)


@given(doors, st.floats(0, 1), st.lists(st.floats(0, 1), min_size=12, max_size=12))
def test_a_loss_at_any_moment_is_seen_in_time_however_long_each_check_takes(
    door: FrontDoor, moment: float, shares: list[float]
) -> None:
    """A checker walked through, check after check. `shares` say how much of its time each one takes."""
    if door.mechanism == "globalAccelerator":
        return
    at_most = 6 if door.mechanism == "route53" else door.timeout
    lost_at = moment * (door.interval + at_most)
    clock, failed, durations = 0.0, 0, iter(shares)
    while failed < door.threshold:
        answered = clock + next(durations) * at_most
        failed = failed + 1 if answered > lost_at else 0
        clock = answered + door.interval
    seen = clock - door.interval
    assert seen - lost_at <= worst_case(door, [CLOUD]).steps[0].seconds + 1e-6


@given(doors)
def test_nothing_becomes_quicker_by_more_patience(door: FrontDoor) -> None:
    if door.mechanism == "globalAccelerator":
        return
    patient = door.model_copy(
        update={"check": door.check.model_copy(update={"threshold": door.threshold + 1})}
    )
    assert worst_case(patient, [CLOUD]).seconds > worst_case(door, [CLOUD]).seconds


@given(doors, st.integers(1, 3600))
def test_an_objective_is_refused_exactly_when_it_cannot_be_met(door: FrontDoor, seconds: int) -> None:
    door = door.model_copy(update={"objective": seconds})
    lines = objective.refusals(door, {"eu": CLOUD})
    assert bool(lines) == (worst_case(door, [CLOUD]).seconds > seconds)
    for line in lines:
        assert f"slipway:frontDoor.objective is {seconds}," in line and line.endswith(".")


@given(doors, st.integers(1, 3600))
def test_what_is_named_as_a_remedy_meets_the_objective_and_where_none_is_named_none_does(
    door: FrontDoor, seconds: int
) -> None:
    door = door.model_copy(update={"objective": seconds})
    if not objective.refusals(door, {"eu": CLOUD}):
        return
    found = objective.remedy(door, [CLOUD])
    if found:
        assert worst_case(found.door, [CLOUD]).seconds <= seconds
        return
    harshest = door.model_copy(
        update={"check": check(10 if door.mechanism == "route53" else 1, 1, 1), "ttl": 1}
    )
    assert worst_case(harshest, [CLOUD]).seconds > seconds


@pytest.mark.parametrize(
    ("door", "words"),
    [
        (route53(objective=160), ["check.threshold: 2", "makes 157 s of it"]),
        (route53(objective=200, check=check(30, 3)), ["check.interval: 10, which makes 173 s"]),
        (route53(objective=150, check=check(30, 3)), ["check.interval: 10 and check.threshold: 1"]),
        (route53(objective=60), ["mechanism: globalAccelerator, which makes 57 s"]),
        (route53(objective=60, routing="weighted"), ["no setting does it", "at least 141 s with route53"]),
        (accelerator(objective=30), ["no setting does it", "at least 57 s"]),
        (dns(objective=60, ttl=300), ["ttl: 45, which makes 60 s"]),
        (dns(objective=10), ["no setting does it", "at least 14 s with dns"]),
    ],
)
def test_the_setting_that_would_meet_the_objective_is_named(door: FrontDoor, words: list[str]) -> None:
    (line,) = objective.refusals(door, {"eu": CLOUD})
    missing = [word for word in words if word not in line]
    assert not missing, f"{line!r} does not say {missing}"


def test_a_drained_region_is_left_as_soon_as_answers_are_too_old() -> None:
    assert [drained_within(each) for each in (route53(), accelerator(), dns(ttl=7))] == [120, 30, 7]
