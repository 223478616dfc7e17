"""Groups of instances: what is refused, what the instances are called, and that they are spread."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from model.aws.instances import InstanceGroup, InstanceGroups, host_names, placed

TYPES = ["m7g.large", "m7i.large", "c7g.xlarge", "t4g.small", "u-6tb1.metal", "r7iz.large"]


class Holder(BaseModel):
    groups: InstanceGroups


def groups(*counts: int) -> tuple[InstanceGroup, ...]:
    return tuple(InstanceGroup(type=TYPES[place], count=count) for place, count in enumerate(counts))


def zones_of(counts: list[int], zones: int) -> dict[str, int]:
    return {host: zone for _, host, zone in placed(groups(*counts), zones)}


counts = st.lists(st.integers(1, 12), min_size=1, max_size=len(TYPES))
zone_counts = st.integers(2, 4)


def test_hosts_are_named_after_their_type_group_by_group() -> None:
    assert host_names(groups(2, 1)) == ("m7g-large-1", "m7g-large-2", "m7i-large-1")


@given(counts)
def test_every_host_has_a_name_of_its_own(counts: list[int]) -> None:
    names = host_names(groups(*counts))
    assert len(set(names)) == len(names) == sum(counts)


@given(counts, zone_counts)
def test_a_group_is_spread_as_evenly_as_can_be(counts: list[int], zones: int) -> None:
    for group in groups(*counts):
        used = Counter(zone for each, _, zone in placed(groups(*counts), zones) if each.type == group.type)
        assert set(used) <= set(range(zones))
        assert max(used.values()) - min(used.get(zone, 0) for zone in range(zones)) <= 1


@given(counts, zone_counts, st.data())
def test_another_count_moves_no_host_to_another_zone(
    counts: list[int], zones: int, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(counts) - 1))
    changed = [*counts[:place], data.draw(st.integers(1, 12)), *counts[place + 1 :]]
    before, after = zones_of(counts, zones), zones_of(changed, zones)
    assert all(before[host] == after[host] for host in before.keys() & after.keys())


@given(counts, zone_counts)
def test_a_group_added_at_the_end_moves_nobody(counts: list[int], zones: int) -> None:
    before, after = zones_of(counts[:-1] or [1], zones), zones_of(counts, zones)
    assert all(after.get(host, zone) == zone for host, zone in before.items())


def test_small_groups_do_not_crowd_the_first_zone() -> None:
    assert zones_of([2, 1], 3) == {"m7g-large-1": 0, "m7g-large-2": 1, "m7i-large-1": 2}
    assert set(zones_of([1, 1, 1], 3).values()) == {0, 1, 2}


def test_instances_that_come_and_go_are_no_hosts_of_the_rollout() -> None:
    follows = InstanceGroup.model_validate({"type": "m7i.large", "autoscaling": {"max": 4}})
    assert host_names((*groups(1), follows)) == ("m7g-large-1",)
    assert [host for _, host, _ in placed((*groups(1), follows), 2)] == ["m7g-large-1"]


def scaled(**more: Any) -> list[dict[str, Any]]:
    return [{"type": "m7g.large", "autoscaling": {"min": 2, "max": 6, **more}}]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([{"type": "mac2.metal"}], ["type", "runs Linux", "m7g.large"]),
        ([{"type": "large"}], ["runs Linux"]),
        ([{"type": "m7g.large", "count": 0}], ["greater than or equal to 1"]),
        ([{"type": "m7g.large", "image": "debian"}], ["ami-"]),
        ([{"type": "m7g.large", "credits": "standard"}], ["m7g.large does not know", "t4g"]),
        ([{"type": "m7g.large"}, {"type": "m7g.large"}], ["m7g.large in more than one group", "sum"]),
        ([{"type": "m7g.large", "architecture": "arm64"}], ["Extra inputs"]),
        ([{"type": "m7g.large", "autoscaling": {"min": 3, "max": 2}}], ["max: 2 below min: 3"]),
        ([{"type": "m7g.large", "count": 2, "autoscaling": {"max": 2}}], ["both count and autoscaling"]),
        (scaled(types=("m7i.large",)), ["m7g.large", "m7i.large, which is another architecture"]),
        (scaled(types=("t4g.large",)), ["burstable types and others cannot share"]),
        (scaled(types=("m7g.large",)), ["a type twice"]),
        (scaled(types=("m6g.large",), warm=1), ["warm beside types"]),
        (scaled(spot={"percent": 50}, warm=1), ["warm beside spot", "stops no Spot instance"]),
        (scaled(spot={"percent": 101}), ["less than or equal to 100"]),
        (scaled(schedules=({"at": "7 o'clock", "min": 2},)), ["no time of a schedule", "0 7 * * MON-FRI"]),
        (scaled(schedules=({"at": "0 7 * * *", "min": 1},)), ["from 1 to 6", "not within min: 2 and max: 6"]),
        (scaled(schedules=({"at": "0 7 * * *", "min": 2, "max": 7},)), ["from 2 to 7"]),
        (scaled(schedules=({"at": "0 7 * * *", "zone": "berlin", "min": 2},)), ["schedules.0.zone"]),
        (scaled(maintenance={"minHealthy": 100, "maxHealthy": 100}), ["no room to exchange one"]),
        (scaled(maintenance={"minHealthy": 50, "maxHealthy": 160}), ["no further apart than 100"]),
    ],
)
def test_what_cannot_be_is_refused(given: list[dict[str, Any]], words: list[str]) -> None:
    with pytest.raises(ValidationError) as caught:
        Holder.model_validate({"groups": tuple(given)})
    assert all(word in str(caught.value) for word in words), caught.value
