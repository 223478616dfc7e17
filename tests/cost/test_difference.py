"""What a change of single resources costs."""

from decimal import Decimal
from typing import Any

from cost.difference import Change, difference
from cost.prices import HOURS_A_MONTH, Item, instance, item

REGION = "eu-central-1"


def change(type: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> Change:
    return Change(name="it", type=type, region=REGION, before=before, after=after)


def test_another_type_costs_the_difference_and_the_same_volume_nothing() -> None:
    volume = {"rootBlockDevice": {"volumeSize": 20}}
    told = difference(
        [change("aws:ec2/instance:Instance", {"instanceType": "m7g.medium", **volume}, {"instanceType": "m7g.large", **volume})]
    )  # fmt: skip
    small, large = instance(REGION, "m7g.medium"), instance(REGION, "m7g.large")
    assert small and large
    assert told.total == HOURS_A_MONTH * (large.amount - small.amount)


def test_what_goes_costs_less_and_what_is_not_paid_by_itself_nothing() -> None:
    balancer = item(REGION, Item.LOAD_BALANCER)
    assert balancer
    told = difference(
        [change("aws:lb/loadBalancer:LoadBalancer", {}, None), change("aws:ec2/subnet:Subnet", None, {})]
    )
    assert told.lines == (("it", -balancer.amount * HOURS_A_MONTH),)


def test_an_elastic_ip_takes_the_place_of_a_machines_own_address() -> None:
    address, machine = "aws:ec2/eip:Eip", {"instanceType": "m7g.large", "associatePublicIpAddress": True}
    alone = difference([change("aws:ec2/instance:Instance", None, machine)])
    assert difference(
        [change("aws:ec2/instance:Instance", None, machine), change(address, None, {"instance": "i-1"})]
    ).total == alone.total  # fmt: skip
    assert difference([change(address, None, {"domain": "vpc"})]).total


def test_what_has_no_price_is_named_and_not_taken_for_free() -> None:
    told = difference(
        [
            change("aws:ec2/instance:Instance", None, {"instanceType": "x99.huge"}),
            change("aws:autoscaling/group:Group", {"minSize": 1}, {"minSize": 2}),
        ]
    )
    assert told.total == Decimal(0)
    assert told.unknown == ("it", "it (its instances come and go)")
