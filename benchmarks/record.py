"""What was measured, as lines of docs/benchmarks.json. A run replaces what was measured under its conditions, or adds to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.cost import Cost


@dataclass(frozen=True, kw_only=True)
class Record:
    """One tool, one scenario, one round. link: as `Link` prints it; lost, requests: of those under load; load: the machine's
    average load of the minute before; binary: bytes of the service's binary."""

    tool: str
    scenario: str
    hosts: int
    link: str
    round: int
    cost: Cost
    lost: int = 0
    requests: int = 0
    load: float = 0
    binary: int = 0

    @property
    def condition(self) -> tuple[str, int, str]:
        return self.scenario, self.hosts, self.link

    def line(self) -> str:
        found = asdict(self)
        for name in ("seconds", "cpu", "build"):
            found["cost"][name] = round(found["cost"][name], 3)
        return json.dumps(found)


def read(path: Path) -> list[Record]:
    """Oldest first; of no file, none."""
    return [_of(json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def write(path: Path, records: Iterable[Record]) -> None:
    path.write_text("".join(f"{record.line()}\n" for record in records))


def merged(before: Sequence[Record], new: Sequence[Record]) -> list[Record]:
    """`new`, and of `before` what was measured under conditions that `new` does not have."""
    measured = {record.condition for record in new}
    return [*(record for record in before if record.condition not in measured), *new]


def rounds(records: Iterable[Record], scenarios: Sequence[str], hosts: int, link: str) -> int:
    """How many there are of each of `scenarios`."""
    counted = [
        max((one.round for one in records if one.condition == (scenario, hosts, link)), default=0)
        for scenario in scenarios
    ]
    return min(counted, default=0)


def _of(found: dict[str, Any]) -> Record:
    return Record(**{**found, "cost": Cost(**found["cost"])})
