"""What was measured of stacks of many hosts, as lines of docs/benchmarks-scale.json and as a table of docs/benchmarks.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parent.parent / "docs" / "benchmarks-scale.json"
TITLES = {"preview": "preview", "first": "first `up`", "noop": "no-op", "change": "one-line change"}


@dataclass(frozen=True, kw_only=True)
class Scale:
    """One command: seconds by the clock, processor seconds and bytes of the largest process; load: the machine's, before it."""

    hosts: int
    what: str
    seconds: float
    cpu: float
    memory: int
    load: float


def read(path: Path = RESULTS) -> list[Scale]:
    """Of no file, none."""
    return [Scale(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def table(found: Sequence[Scale]) -> str:
    """For the page: a row for each number of hosts, a cell for each command."""
    if not found:
        return "Not measured."
    by = {(one.hosts, one.what): one for one in found}
    rows = []
    for hosts in sorted({one.hosts for one in found}):
        cells = [cell(by.get((hosts, what))) for what in TITLES]
        rows.append(f"| {hosts:,} | {' | '.join(cells)} |")
    load = max(one.load for one in found)
    head = f"| hosts | {' | '.join(TITLES.values())} |"
    return "\n".join(
        [
            "Seconds by the clock, processor seconds, memory of the largest process:",
            "",
            head,
            "|---" * (len(TITLES) + 1) + "|",
            *rows,
            "",
            f"Load of the machine before a command: at most {load:.1f}.{_growth(by)}",
        ]
    )


def cell(one: Scale | None) -> str:
    """Seconds, processor seconds and memory."""
    return f"{one.seconds:.1f} s, {one.cpu:.1f} s, {one.memory / 1e6:.0f} MB" if one else "-"


def _growth(by: dict[tuple[int, str], Scale]) -> str:
    one, many = by.get((1, "preview")), by.get((64, "preview"))
    if one is None or many is None:
        return ""
    return f" A preview of 64 hosts takes {many.seconds / one.seconds:.1f} times that of one; the goal is 2."
