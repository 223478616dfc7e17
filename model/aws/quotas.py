"""What a region takes of an account's quotas, at first and at the most at one time. What there is, quotas/ asks AWS."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import ceil
from typing import Any

from model.aws.autoscaling import Autoscaling
from model.aws.instances import InstanceGroup
from model.aws.network import Network

RIGHTS = (
    "servicequotas:GetServiceQuota",
    "servicequotas:GetAWSDefaultServiceQuota",
    "ec2:DescribeAddresses",
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeVpcs",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeTags",
)
"""Which AWS wants for telling; without them nobody looks, and nothing else changes."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """How many there must be, and how many there may be: with all that are replaced at once, and the highest load."""

    least: int
    most: int


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Machines by type, On-Demand and Spot; of Elastic IPs, networks and load balancers, how many."""

    instances: Mapping[str, Span] = field(default_factory=dict)
    spot: Mapping[str, Span] = field(default_factory=dict)
    addresses: int = 0
    networks: int = 0
    balancers: int = 1

    @property
    def told(self) -> dict[str, Any]:
        """For quotas/, as JSON has it."""
        return asdict(self)


def needs(network: Network, groups: Sequence[InstanceGroup] = (), bastion: str | None = None) -> Needs:
    """Of one region; `bastion` is its type."""
    made = network.vpc is None
    gateways = (network.zones if network.gateways == "perZone" else 1) if made else 0
    instances = {group.type: _machines(group) for group in groups}
    if bastion:
        own = instances.get(bastion, Span(least=0, most=0))
        instances[bastion] = Span(least=own.least + 1, most=own.most + 2)
    spot = {
        group.type: _spot(group.autoscaling)
        for group in groups
        if group.autoscaling and group.autoscaling.spot
    }
    return Needs(
        instances=instances,
        spot=spot,
        addresses=gateways + (1 if bastion else 0),
        networks=1 if made else 0,
    )


def _machines(group: InstanceGroup) -> Span:
    """On-Demand. All that have names are there twice when every one of them is replaced: old ones go at the end."""
    bounds = group.autoscaling
    if bounds is None:
        return Span(least=group.count, most=2 * group.count)
    return Span(least=_on_demand(bounds, bounds.min), most=_on_demand(bounds, _exchanged(bounds)))


def _spot(bounds: Autoscaling) -> Span:
    most = _exchanged(bounds)
    return Span(least=bounds.min - _on_demand(bounds, bounds.min), most=most - _on_demand(bounds, most))


def _exchanged(bounds: Autoscaling) -> int:
    """Instances while a full group is exchanged."""
    return ceil(bounds.max * bounds.maintenance.max_healthy / 100)


def _on_demand(bounds: Autoscaling, all: int) -> int:
    """Auto Scaling rounds in favour of On-Demand."""
    if bounds.spot is None:
        return all
    first = min(all, bounds.spot.on_demand)
    return first + ceil((all - first) * (100 - bounds.spot.percent) / 100)
