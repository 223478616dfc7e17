"""What a front door will be made of: where the name leads, and what is asked before it leads there. Declares nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from model.door import authority
from model.front_door.front_door import FrontDoor
from model.front_door.worst_case import WorstCase, worst_case
from model.place import Place
from model.service import Service

ENDPOINT_WEIGHT = 128
"""Of a region's load balancer in Global Accelerator; 0 sends nobody there (its own default, 0 to 255)."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One question whether a region is well. `target` is the region's own; None: its load balancer's name, which AWS chooses."""

    target: str | None
    port: int
    path: str
    tls: bool


@dataclass(frozen=True, kw_only=True)
class Way:
    """How the shared name leads to one region. With `follows_targets`, also what stands before its machines must be well.

    `key` names the record: its role where regions have one, so that another order never asks for two primaries at a time.
    """

    key: str
    region: str
    probes: tuple[Probe, ...]
    follows_targets: bool
    drained: bool
    weight: int
    dial: int
    """Percent of the users nearest to it that Global Accelerator sends there while all is well. 0 does not stop failover."""

    @property
    def endpoint_weight(self) -> int:
        """In Global Accelerator: 0 is what sends nobody there, whatever became of the other regions."""
        return 0 if self.drained else ENDPOINT_WEIGHT


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Ways in the order of their priority; `certified` has the names on each region's certificate, where they are known."""

    name: str
    url: str
    ways: tuple[Way, ...]
    certified: Mapping[str, tuple[str, ...]]
    worst_case: WorstCase


def release_order(places: Mapping[str, Place]) -> list[str]:
    """Whoever has the fewest users first: drained regions, then from the last standby to the primary."""
    upwards = list(places)[::-1]
    return sorted(upwards, key=lambda name: not places[name].traffic.drained)


def plan(door: FrontDoor, places: Mapping[str, Place], service: Service) -> Plan:
    """For regions that have passed `refusals`."""
    order = sorted(places, key=lambda name: places[name].traffic.drained)
    first = next(iter(places.values()))
    tls = all(place.tls for place in places.values())
    at = authority(door.name, first.port).removesuffix(":443" if tls else ":80")
    return Plan(
        name=door.name,
        url=f"http{'s' if tls else ''}://{at}/",
        ways=tuple(_way(door, name, place, service, order) for name, place in places.items()),
        certified={
            name: (*place.certified, *((door.name,) if place.kind == "aws" else ()))
            for name, place in places.items()
            if place.tls and (place.certified or place.kind == "aws")
        },
        worst_case=worst_case(door, places.values()),
    )


def _way(door: FrontDoor, name: str, place: Place, service: Service, order: list[str]) -> Way:
    role = "primary" if name == next(iter(order)) else "secondary"
    failover = door.routing == "failover"
    targets = (place.answers if place.kind == "machines" else place.own_names) or (None,)
    return Way(
        key=role if failover and door.mechanism == "route53" else name,
        region=name,
        probes=tuple(
            Probe(target=target, port=place.port, path=service.health.path, tls=place.tls)
            for target in targets
        )
        if door.mechanism != "globalAccelerator"
        else (),
        follows_targets=True,
        drained=place.traffic.drained,
        weight=place.traffic.weight,
        dial=100 if not failover or role == "primary" else 0,
    )
