"""The goals, and whether what was measured meets them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.figures import Spread, per_further
from benchmarks.record import Record

LAB = "0 ms"
"""The link of which the goals are."""
GATE = 1.0
"""Seconds that the gate takes for a release which is well at once."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """met: None where it was not measured."""

    name: str
    limit: str
    measured: str = "not measured"
    met: bool | None = None


class Measurements:
    """What was measured on the lab's own link, by scenario, tool and number of hosts."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = [record for record in records if record.link == LAB]
        self.numbers = sorted({record.hosts for record in self._records})

    def of(self, scenario: str, tool: str, hosts: int) -> list[Record]:
        return [
            one for one in self._records if (one.scenario, one.tool, one.hosts) == (scenario, tool, hosts)
        ]

    def spread(self, scenario: str, tool: str, hosts: int, what: str = "seconds") -> Spread | None:
        """Of one field of the costs."""
        return Spread.of(getattr(one.cost, what) for one in self.of(scenario, tool, hosts))

    def lost(self, scenario: str, tool: str) -> tuple[int, int, int]:
        """Requests lost, requests sent, and releases, over all numbers of hosts."""
        found = [one for one in self._records if (one.scenario, one.tool) == (scenario, tool)]
        return sum(one.lost for one in found), sum(one.requests for one in found), len(found)

    def binary(self) -> int:
        """Bytes of the service's binary; 0 where nothing was measured."""
        return max((one.binary for one in self._records), default=0)


def goals(records: Sequence[Record]) -> list[Goal]:
    """In the order of the page."""
    known = Measurements(records)
    return [
        *(_ratio(known, "first", number, 0.8, "first deploy") for number in known.numbers[-1:]),
        *(_noop(known, number) for number in known.numbers),
        *(
            _ratio(known, "change", number, 0.8, "one-line change, with its build")
            for number in known.numbers
        ),
        *(_bytes(known, number) for number in known.numbers[-1:]),
        *(_rollback(known, number) for number in known.numbers if number == 4),
        _lost(known),
        _further(known),
        *(_connections(known, number) for number in known.numbers[-1:]),
        *(_cpu(known, number) for number in known.numbers[-1:]),
    ]


def _hosts(number: int) -> str:
    return "1 host" if number == 1 else f"{number} hosts"


def _ratio(known: Measurements, scenario: str, number: int, most: float, name: str) -> Goal:
    name, limit = f"{name}, {_hosts(number)}", f"≤ {most:g} of pyinfra's"
    ours = known.spread(scenario, "slipway", number)
    ratio = ours.over(known.spread(scenario, "pyinfra", number)) if ours else None
    if ratio is None:
        return Goal(name=name, limit=limit)
    return Goal(name=name, limit=limit, measured=f"{ratio:.2f}", met=ratio <= most)


def _noop(known: Measurements, number: int) -> Goal:
    name, limit = f"no-op, {_hosts(number)}", "≤ 1.3 of an empty `pulumi up`, no connection"
    ours, empty = known.spread("noop", "slipway", number), known.spread("empty", "slipway", number)
    ratio = ours.over(empty) if ours else None
    opened = known.spread("noop", "slipway", number, "connections")
    if ratio is None or opened is None:
        return Goal(name=name, limit=limit)
    measured = f"{ratio:.2f}, {opened.most:.0f} connections"
    return Goal(name=name, limit=limit, measured=measured, met=ratio <= 1.3 and not opened.most)


def _bytes(known: Measurements, number: int) -> Goal:
    name, limit = f"bytes per host of a one-line change, {_hosts(number)}", "≤ 10 % of the binary"
    sent, size = known.spread("change", "slipway", number, "sent"), known.binary()
    if sent is None or not size:
        return Goal(name=name, limit=limit)
    share = sent.median / number / size
    return Goal(name=name, limit=limit, measured=f"{100 * share:.1f} %", met=share <= 0.1)


def _rollback(known: Measurements, number: int) -> Goal:
    name, limit = f"rollback, {_hosts(number)}", "≤ 0.6 of pyinfra's, ≤ 2 s beyond the gate's own"
    ours = known.spread("rollback", "slipway", number)
    ratio = ours.over(known.spread("rollback", "pyinfra", number)) if ours else None
    if ours is None or ratio is None:
        return Goal(name=name, limit=limit)
    beyond = ours.median - GATE
    measured = f"{ratio:.2f}, {beyond:.1f} s beyond"
    return Goal(name=name, limit=limit, measured=measured, met=ratio <= 0.6 and beyond <= 2)


def _lost(known: Measurements) -> Goal:
    lost, requests, releases = known.lost("load", "slipway")
    name, limit = "requests lost in releases under load", "0 in 10 releases"
    if not releases:
        return Goal(name=name, limit=limit)
    measured = f"{lost} of {requests:,} in {releases} releases"
    return Goal(
        name=name, limit=limit, measured=measured, met=None if not lost and releases < 10 else not lost
    )


def _further(known: Measurements) -> Goal:
    name, limit = "seconds per further host, of a one-line change", "≤ 0.25"
    tools = ("slipway", "pyinfra", "floor")
    slopes = {tool: slope for tool in tools if (slope := _slope(known, tool)) is not None}
    ours = slopes.pop("slipway", None)
    if ours is None:
        return Goal(name=name, limit=limit)
    beside = "".join(f"; {tool} {slope:.2f} s" for tool, slope in slopes.items())
    return Goal(name=name, limit=limit, measured=f"{ours:.2f} s{beside}", met=ours <= 0.25)


def _slope(known: Measurements, tool: str) -> float | None:
    found = {number: known.spread("change", tool, number) for number in known.numbers}
    return per_further({number: each.median for number, each in found.items() if each})


def _connections(known: Measurements, number: int) -> Goal:
    name, limit = f"connections per host and release, {_hosts(number)}", "≤ 2"
    opened = known.spread("change", "slipway", number, "connections")
    if opened is None:
        return Goal(name=name, limit=limit)
    return Goal(
        name=name, limit=limit, measured=f"{opened.median / number:.1f}", met=opened.median / number <= 2
    )


def _cpu(known: Measurements, number: int) -> Goal:
    name, limit = f"processor seconds of the controller, {_hosts(number)}", "≤ pyinfra's"
    ours, theirs = (known.spread("change", tool, number, "cpu") for tool in ("slipway", "pyinfra"))
    if ours is None or theirs is None:
        return Goal(name=name, limit=limit)
    measured = f"{ours.median:.1f} s; pyinfra {theirs.median:.1f} s"
    return Goal(name=name, limit=limit, measured=measured, met=ours.median <= theirs.median)
