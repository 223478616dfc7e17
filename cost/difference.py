"""What a change of resources costs more or less a month, resource by resource, as the state and the program have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cost import prices
from cost.prices import HOURS_A_MONTH, Item, Price

BY_THE_HOUR = {
    "aws:ec2/natGateway:NatGateway": Item.NAT_GATEWAY,
    "aws:lb/loadBalancer:LoadBalancer": Item.LOAD_BALANCER,
    "aws:ec2/eip:Eip": Item.PUBLIC_ADDRESS,
}
INSTANCE, GROUP, ACL = "aws:ec2/instance:Instance", "aws:autoscaling/group:Group", "aws:wafv2/webAcl:WebAcl"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One resource: its type, its region, its inputs before and after; None where there is none."""

    name: str
    type: str
    region: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """US dollars a month; `lines` have one for each resource that costs, `unknown` what has no price."""

    lines: tuple[tuple[str, Decimal], ...]
    unknown: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        return sum((amount for _, amount in self.lines), Decimal(0))


def difference(changes: Iterable[Change]) -> Difference:
    """The sum over all of them."""
    lines: list[tuple[str, Decimal]] = []
    unknown: list[str] = []
    for each in changes:
        if each.type == GROUP:
            unknown.append(f"{each.name} (its instances come and go)")
            continue
        before, after = _monthly(each, each.before), _monthly(each, each.after)
        if before is None or after is None:
            unknown.append(each.name)
        elif before != after:
            lines.append((each.name, after - before))
    return Difference(lines=tuple(lines), unknown=tuple(unknown))


def _monthly(change: Change, inputs: Mapping[str, Any] | None) -> Decimal | None:
    """None without a price."""
    parts = [] if inputs is None else _parts(change, inputs)
    if any(price is None for _, price in parts):
        return None
    return sum((units * price.amount for units, price in parts if price), Decimal(0))


def _parts(change: Change, inputs: Mapping[str, Any]) -> list[tuple[Decimal, Price | None]]:
    region, hours = change.region, Decimal(HOURS_A_MONTH)
    if item := BY_THE_HOUR.get(change.type):
        if item is Item.PUBLIC_ADDRESS and "instance" in inputs:
            return []  # it takes the place of the one that is counted with the instance
        found = [(hours, prices.item(region, item))]
        if item is Item.LOAD_BALANCER and not inputs.get("internal"):  # one public address in each zone
            found.append((hours * len(inputs.get("subnets") or ()), prices.item(region, Item.PUBLIC_ADDRESS)))
        return found
    if change.type == INSTANCE:
        size = (inputs.get("rootBlockDevice") or {}).get("volumeSize") or 0
        found = [(hours, prices.instance(region, str(inputs.get("instanceType"))))]
        found += [(Decimal(str(size)), prices.item(region, Item.VOLUME))] if size else []
        if inputs.get("associatePublicIpAddress"):
            found.append((hours, prices.item(region, Item.PUBLIC_ADDRESS)))
        return found
    if change.type == ACL:
        rules = Decimal(len(inputs.get("rules") or ()))
        return [
            (Decimal(1), prices.item(region, Item.WEB_ACL)),
            (rules, prices.item(region, Item.WEB_ACL_RULE)),
        ]
    return []
