"""Batch arithmetic: who gets a release when, and what people are told of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import rollout
from model.release_policy import ReleasePolicy

sizes = st.lists(st.integers(1, 30) | st.integers(1, 100).map("{}%".format), min_size=1, max_size=5)


def names(count: int) -> list[str]:
    return [f"web{number}" for number in range(1, count + 1)]


def plan(*hosts: int, **policy: Any) -> rollout.Rollout:
    regions = {name: names(count) for name, count in zip(("eu", "us", "ap"), hosts, strict=False)}
    return rollout.plan(regions, ReleasePolicy(**policy))


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


@pytest.mark.parametrize(
    ("hosts", "policy", "expected"),
    [
        (
            (4,),
            {"batches": (2,), "drain": 10},
            "4 hosts in 3 batches: web1 | web2 web3 | web4",
        ),
        (
            (2, 1),
            {"pause": 30},
            "3 hosts in 3 batches: eu: web1 | web2; then us: web1; 30 s between batches",
        ),
        ((1,), {"pause": 30}, "1 host in 1 batch: web1"),
    ],
)
def test_people_are_told_the_order_and_when_hosts_go_back(
    hosts: tuple[int, ...], policy: dict[str, Any], expected: str
):
    assert str(plan(*hosts, **policy)) == expected
