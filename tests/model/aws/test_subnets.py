"""Arithmetic of address ranges."""

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.aws import subnets

ranges = st.builds(
    lambda prefix, number: (
        str(list(IPv4Network("10.0.0.0/8").subnets(new_prefix=16))[number].supernet(0))
        if prefix == 16
        else str(next(IPv4Network(f"10.{number}.0.0/16").subnets(new_prefix=prefix)))
    ),
    st.integers(subnets.LARGEST, subnets.SMALLEST),
    st.integers(0, 255),
)
zones = st.integers(1, subnets.MOST_ZONES)


def networks(plan: subnets.Subnets) -> list[IPv4Network]:
    return [IPv4Network(each) for each in (*plan.public, *plan.private)]


@given(ranges, zones)
def test_every_zone_has_a_public_and_a_private_subnet_inside_the_range(range: str, zones: int) -> None:
    plan = subnets.plan(range, zones)
    assert len(plan.public) == len(plan.private) == zones
    assert all(each.subnet_of(IPv4Network(range)) for each in networks(plan))


@given(ranges, zones)
def test_no_two_subnets_share_an_address(range: str, zones: int) -> None:
    found = networks(subnets.plan(range, zones))
    assert not [(a, b) for a in found for b in found if a is not b and a.overlaps(b)]


@given(ranges, zones)
def test_private_subnets_are_larger_than_public_ones(range: str, zones: int) -> None:
    plan = subnets.plan(range, zones)
    smallest = min(IPv4Network(each).num_addresses for each in plan.private)
    assert smallest > max(IPv4Network(each).num_addresses for each in plan.public)


@given(ranges, zones)
def test_subnets_have_a_size_that_aws_and_its_load_balancers_take(range: str, zones: int) -> None:
    plan = subnets.plan(range, zones)
    assert all(16 <= each.prefixlen <= 28 for each in networks(plan))
    assert all(IPv4Network(each).prefixlen <= 27 for each in plan.public), "an ALB needs a /27 in each zone"


@given(ranges, st.integers(1, subnets.MOST_ZONES - 1))
def test_a_zone_that_is_added_moves_no_subnet(range: str, zones: int) -> None:
    before, after = subnets.plan(range, zones), subnets.plan(range, zones + 1)
    assert after.public[:zones] == before.public
    assert after.private[:zones] == before.private


def test_a_plan_for_three_zones_in_exact_ranges() -> None:
    assert subnets.plan("10.20.0.0/16", 3) == subnets.Subnets(
        public=("10.20.128.0/20", "10.20.144.0/20", "10.20.160.0/20"),
        private=("10.20.0.0/19", "10.20.32.0/19", "10.20.64.0/19"),
    )


@pytest.mark.parametrize(
    ("range", "words"),
    [
        ("10.20.1.0/16", ["not an address range", "write 10.20.0.0/16"]),
        ("everything", ["not an address range such as 10.20.0.0/16"]),
        ("fd00::/56", ["not private", "10.0.0.0/8"]),
        ("8.8.0.0/16", ["not private"]),
        ("100.64.0.0/16", ["not private"]),
        ("10.0.0.0/8", ["is a /8", "/16 to /23", "10.0.0.0/16"]),
        ("10.20.30.0/24", ["is a /24", "/16 to /23"]),
    ],
)
def test_a_range_that_cannot_be_used_is_refused_with_the_way_out(range: str, words: list[str]) -> None:
    for use in (subnets.checked, lambda range: subnets.plan(range, 2)):
        with pytest.raises(ValueError) as caught:
            use(range)
        assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize("zones", [0, 5])
def test_zones_for_which_there_is_no_room_are_refused(zones: int) -> None:
    with pytest.raises(ValueError, match=f"{zones} zones are asked for; allowed are 1 to 4"):
        subnets.plan("10.20.0.0/16", zones)


@given(st.dictionaries(st.sampled_from(["eu", "us", "ap", "sa"]), ranges, max_size=4))
def test_each_pair_of_overlapping_regions_gets_one_sentence(given_ranges: dict[str, str]) -> None:
    values = [IPv4Network(each) for each in given_ranges.values()]
    pairs = [(a, b) for i, a in enumerate(values) for b in values[i + 1 :] if a.overlaps(b)]
    assert len(subnets.overlaps(given_ranges)) == len(pairs)


def test_an_overlap_names_both_regions_and_a_range_that_is_free() -> None:
    assert subnets.overlaps({"eu": "10.0.0.0/16", "us": "10.0.128.0/20", "ap": "10.1.0.0/16"}) == [
        "slipway:regions.us.network.range is 10.0.128.0/20, which overlaps 10.0.0.0/16 of eu; "
        "give each region a range of its own, such as 10.2.0.0/16."
    ]
