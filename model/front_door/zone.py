"""The zone that DNS hosts serve, and what the parent zone must say about it. Decides; changes nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from model.front_door.front_door import FrontDoor
from model.front_door.plan import Plan
from model.host_files import render
from model.place import Place

LASTING = 300
"""Seconds for which resolvers may keep who serves the zone, and that there is no such name."""
DELEGATED = 86400
"""Seconds for which the parent zone's word about it may be kept."""
CHECKS_PORT = 5380
"""On the loopback of a DNS host: what its checks say of each address."""
NEVER = {"A": "0.0.0.0", "AAAA": "::"}
"""Stands beside an address that is asked for, always well: what comes alone is the well one of the two."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """An address as DNS has it."""

    type: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Server:
    """A DNS host by its name in the zone."""

    name: str
    records: tuple[Record, ...]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is worked out for each question of a type."""

    type: str
    code: str


@dataclass(frozen=True, kw_only=True)
class _Region:
    """As the program in the zone sees one."""

    weight: int
    drained: bool
    addresses: tuple[str, ...]


def record(address: str) -> Record:
    """A or AAAA."""
    return Record(type="A" if ip_address(address).version == 4 else "AAAA", address=address)


def servers(door: FrontDoor) -> tuple[Server, ...]:
    """All DNS hosts, by names that lie in the zone and so need their addresses in the parent zone, too."""
    return tuple(
        Server(
            name=f"{host.name}.{place}.{door.zone}.",
            records=tuple(record(each) for each in host.addresses),
        )
        for place, one in door.hosts.items()
        for host in one.hosts
    )


def delegation(door: FrontDoor) -> tuple[str, ...]:
    """The records that the parent zone must have, as lines of a zone file."""
    if door.mechanism != "dns":
        return ()
    found = servers(door)
    return (
        *(f"{door.zone}. {DELEGATED} IN NS {server.name}" for server in found),
        *(
            f"{server.name} {DELEGATED} IN {each.type} {each.address}"
            for server in found
            for each in server.records
        ),
    )


def zone(door: FrontDoor, plan: Plan, places: Mapping[str, Place], service: str) -> bytes:
    """The zone file. Each answer is a program of PowerDNS's that asks what the host's own checks say."""
    return render(
        "dns.zone.j2",
        service=service,
        zone=door.zone,
        name=plan.name,
        ttl=door.answers_for,
        lasting=LASTING,
        servers=servers(door),
        answers=tuple(
            Answer(type=kind, code=_quoted(_program(door, plan, places, kind)))
            for kind in ("A", "AAAA")
            if any(record(each).type == kind for place in places.values() for each in place.answers)
        ),
    )


def _program(door: FrontDoor, plan: Plan, places: Mapping[str, Place], kind: str) -> str:
    regions = tuple(
        _Region(
            weight=way.weight,
            drained=way.drained,
            addresses=tuple(each for each in places[way.region].answers if record(each).type == kind),
        )
        for way in plan.ways
    )
    text = render(
        "dns.answer.lua.j2",
        asked=f"http://127.0.0.1:{CHECKS_PORT}/",
        never=NEVER[kind],
        regions=regions,
        weighted=door.routing == "weighted",
    )
    return re.sub(r"\s*\n\s*", " ", text.decode()).strip()


def _quoted(code: str) -> str:
    """As character strings of a zone file (RFC 1035, 5.1), each at most 255 long; PowerDNS drops one that is a space alone."""
    words, parts = code.split(" "), [""]
    for word in words:
        if len(parts[-1]) + len(word) + 1 > 240:
            parts.append("")
        parts[-1] += f"{word} "
    return " ".join(f'"{part}"' for part in parts)
