"""What was measured of the data path, as lines of docs/benchmarks-path.json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

WAYS = ("service", "host", "nginx", "edge")
"""From nothing before the service to all that Slipway puts there; `nginx` is the yardstick."""
RESULTS = Path(__file__).parent.parent / "docs" / "benchmarks-path.json"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is asked for: `small` or `large` answers, each over a new connection or not, over TLS or not."""

    size: str
    fresh: bool
    tls: bool


@dataclass(frozen=True, kw_only=True)
class Passed:
    """One way in one round. best: requests a second, as many as are answered; rate: those of the run that the rest is of, half of
    the edge's best; p50, p99: seconds; processor: seconds of the way's own unit for each request; lost: of both runs;
    load: the machine's average before."""

    way: str
    case: Case
    round: int
    best: float
    rate: float
    p50: float
    p99: float
    processor: float
    lost: int
    load: float


@dataclass(frozen=True, kw_only=True)
class Idle:
    """Connections that were asked once and then left alone: how many of `opened` are `held`, and the bytes that all of them cost
    the way's own unit."""

    way: str
    opened: int
    held: int
    memory: int


def read(path: Path = RESULTS) -> tuple[list[Passed], list[Idle]]:
    """Of no file, none."""
    passed: list[Passed] = []
    idle: list[Idle] = []
    for line in path.read_text().splitlines() if path.exists() else []:
        found = json.loads(line)
        if "held" in found:
            idle.append(Idle(**found))
        else:
            passed.append(Passed(**{**found, "case": Case(**found["case"])}))
    return passed, idle


def write(passed: Sequence[Passed], idle: Iterable[Idle], path: Path = RESULTS) -> None:
    path.write_text("".join(f"{json.dumps(asdict(one))}\n" for one in [*passed, *idle]))
