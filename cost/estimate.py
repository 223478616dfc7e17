"""From what a region has to what it costs a month."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cost import prices
from cost.prices import HOURS_A_MONTH, Item, Price
from cost.sibling import sibling
from model.architecture import Architecture
from model.aws import instance_type
from model.aws.cloud_region import CloudRegion
from model.aws.instances import InstanceGroup
from model.aws.managed_rules import GROUPS
from model.eks.region import EksRegion

BASTION_VOLUME = 8
"""GiB, as `components/aws/bastion.py` makes it."""
NODE_VOLUME = 80
"""GiB, as EKS Auto Mode makes it (EKS User Guide, "Create a Node Class")."""
NOT_COUNTED = (
    "what depends on traffic (load balancer capacity, NAT and internet gigabytes, log lines, web requests, instances that a "
    "group or a cluster adds under load), a cluster's key, images and logs, alarms and detailed monitoring, a front door's "
    "health checks or accelerator, what buckets and secrets hold, credits of burstable types beyond their own, discounts and tax"
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """So many units of something; without a `price` nobody knows what they cost."""

    what: str
    units: Decimal
    price: Price | None

    @property
    def monthly(self) -> Decimal | None:
        """US dollars, None without a price."""
        return None if self.price is None else self.units * self.price.amount


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """What instances of those types cost a month; `missing` are those without a price."""

    types: tuple[str, ...]
    monthly: Decimal
    missing: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One region's month. `now` are its instances alone, `fleets` the same sizes of one architecture each."""

    region: str
    lines: tuple[Line, ...]
    now: Fleet
    fleets: tuple[Fleet, ...]

    @property
    def total(self) -> Decimal:
        """US dollars, of all that has a price."""
        return sum((line.monthly for line in self.lines if line.monthly is not None), Decimal(0))

    @property
    def missing(self) -> tuple[str, ...]:
        """What has no price."""
        return tuple(line.what for line in self.lines if line.price is None)


def estimate(name: str, region: CloudRegion, *, protected: bool) -> Estimate:
    """The month of the region called `name`, as AWS calls it."""
    groups = [(group.type, _count(group)) for group in region.instances]
    return Estimate(
        region=name,
        lines=(
            *(_instances(name, group.type, _count(group), _note(group)) for group in region.instances),
            *_around(name, region, protected),
        ),
        now=_fleet(name, groups),
        fleets=tuple(
            _fleet(name, [(_as(architecture, kind), count) for kind, count in groups])
            for architecture in (Architecture.ARM64, Architecture.AMD64)
        ),
    )


def cluster(name: str, region: EksRegion, *, protected: bool) -> Estimate:
    """The month of a region that is a cluster, with a node for each of the copies that always run: they avoid each other.

    Nodes are taken to be of the cheapest type that has a price; EKS decides.
    """
    kinds = sorted(region.eks.nodes, key=lambda each: (_hourly(name, each) is None, _hourly(name, each) or 0))
    kind, count = kinds[0], region.workload.replicas.min
    hours = Decimal(count * HOURS_A_MONTH)
    return Estimate(
        region=name,
        lines=(
            _line(name, "1 EKS cluster", Item.CLUSTER, HOURS_A_MONTH),
            _instances(name, kind, count, " (nodes, at least)"),
            Line(what=f"EKS Auto Mode for {count} of them", units=hours, price=prices.auto_mode(name, kind)),
            *_network(name, region, protected, volumes=count * NODE_VOLUME, addresses=0),
        ),
        now=_fleet(name, [(kind, count)]),
        fleets=tuple(
            _fleet(name, [(_as(architecture, kind), count)])
            for architecture in (Architecture.ARM64, Architecture.AMD64)
        ),
    )


def _hourly(region: str, kind: str) -> Decimal | None:
    found = prices.instance(region, kind)
    return found.amount if found else None


def _count(group: InstanceGroup) -> int:
    """How many there always are; what comes with the load is traffic's."""
    return group.autoscaling.min if group.autoscaling else group.count


def _note(group: InstanceGroup) -> str:
    return f" (up to {group.autoscaling.max})" if group.autoscaling else ""


def _around(name: str, region: CloudRegion, protected: bool) -> Iterator[Line]:
    volumes = sum(_count(group) * group.volume for group in region.instances)
    addresses = 0
    if bastion := region.access.bastion:
        yield _instances(name, bastion.type, 1, " (bastion)")
        volumes, addresses = volumes + BASTION_VOLUME, addresses + 1
    yield from _network(name, region, protected, volumes=volumes, addresses=addresses)


def _network(
    name: str, region: CloudRegion | EksRegion, protected: bool, *, volumes: int, addresses: int
) -> Iterator[Line]:
    zones, there = region.network.zones, region.network.vpc is not None
    yield _line(name, f"{volumes} GiB of gp3 volumes", Item.VOLUME, volumes)
    gateways = 0 if there else zones if region.network.gateways == "perZone" else 1
    if gateways:
        yield _line(name, _plural(gateways, "NAT gateway"), Item.NAT_GATEWAY, gateways * HOURS_A_MONTH)
    addresses += gateways
    yield _line(name, "1 application load balancer", Item.LOAD_BALANCER, HOURS_A_MONTH)
    addresses += 0 if region.load_balancer.internal else region.network.entered
    if region.load_balancer.filters(protected):
        yield _line(name, "1 web ACL", Item.WEB_ACL, 1)
        yield _line(name, f"{len(GROUPS)} rules of it", Item.WEB_ACL_RULE, len(GROUPS))
    yield _line(
        name,
        _plural(addresses, "public IPv4 address", "es"),
        Item.PUBLIC_ADDRESS,
        addresses * HOURS_A_MONTH,
    )


def _instances(region: str, kind: str, count: int, note: str = "") -> Line:
    return Line(
        what=f"{count} {kind}{note}",
        units=Decimal(count * HOURS_A_MONTH),
        price=prices.instance(region, kind),
    )


def _line(region: str, what: str, item: Item, units: int) -> Line:
    return Line(what=what, units=Decimal(units), price=prices.item(region, item))


def _plural(count: int, noun: str, ending: str = "s") -> str:
    return f"{count} {noun}{'' if count == 1 else ending}"


def _fleet(region: str, groups: Sequence[tuple[str, int]]) -> Fleet:
    priced = [(count, prices.instance(region, kind)) for kind, count in groups]
    types = tuple(dict.fromkeys(kind for kind, _ in groups))
    return Fleet(
        types=types,
        monthly=sum((count * HOURS_A_MONTH * price.amount for count, price in priced if price), Decimal(0)),
        missing=tuple(kind for kind in types if prices.instance(region, kind) is None),
    )


def _as(architecture: Architecture, kind: str) -> str:
    """That type or, if it has another architecture, its sibling."""
    if instance_type.architecture(kind) is architecture:
        return kind
    return sibling(kind) or f"what {kind} would be as {architecture.value}"
