"""docs/benchmarks.md and its plots, from what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks import path_page, path_record, scale_record
from benchmarks.figures import Spread
from benchmarks.goals import LAB, Measurements, goals
from benchmarks.plot import COLOURS, bars
from benchmarks.record import Record
from benchmarks.scenarios import TITLES

TOOLS = tuple(COLOURS)
TEXT = Path(__file__).parent / "page.md"
"""What the numbers mean and what is unequal; the tables stand where it says so."""


def write(records: Sequence[Record], docs: Path) -> None:
    """The page, and a plot for each number of hosts."""
    for name, drawn in plots(records).items():
        (docs / "images" / name).write_text(drawn)
    (docs / "benchmarks.md").write_text(page(records))


def page(records: Sequence[Record]) -> str:
    parts = {
        "goals": _goals(records),
        "tables": _tables(records),
        "links": _links(records),
        "path": path_page.tables(*path_record.read()),
        "scale": scale_record.table(scale_record.read()),
        "load": _load(records),
        "rounds": _rounds(records),
    }
    text = TEXT.read_text()
    for name, part in parts.items():
        text = text.replace(f"<!-- {name} -->", part)
    return text


def plots(records: Sequence[Record]) -> dict[str, str]:
    """By file name."""
    known = Measurements(records)
    drawn = {}
    for number in known.numbers:
        groups = {title: _spreads(known, scenario, number) for scenario, title in TITLES.items()}
        shown = {title: group for title, group in groups.items() if group}
        drawn[f"benchmarks-{number}.svg"] = bars(f"Seconds, {_hosts(number)}: medians", shown)
    return drawn


def _spreads(known: Measurements, scenario: str, number: int) -> dict[str, Spread]:
    found = {tool: known.spread(scenario, tool, number) for tool in TOOLS}
    return {tool: spread for tool, spread in found.items() if spread}


def _goals(records: Sequence[Record]) -> str:
    met = {True: "yes", False: "**no**", None: "-"}
    found = [*goals(records), *path_page.goals(path_record.read()[0])]
    rows = [f"| {one.name} | {one.limit} | {one.measured} | {met[one.met]} |" for one in found]
    return "\n".join(["| | goal | measured | met |", "|---|---|---|---|", *rows])


def _tables(records: Sequence[Record]) -> str:
    known = Measurements(records)
    parts: list[str] = []
    for number in known.numbers:
        parts += [
            f"### {_hosts(number)}",
            "",
            f"![Seconds on {_hosts(number)}](images/benchmarks-{number}.svg)",
            "",
        ]
        parts += [*_seconds(known, number), "", *_costs(known, number), ""]
    return "\n".join(parts).rstrip()


def _seconds(known: Measurements, number: int) -> list[str]:
    """Medians with least and most, and Slipway's ratio to each of the others."""
    rows = []
    for scenario, title in TITLES.items():
        found = _spreads(known, scenario, number)
        if not found:
            continue
        cells = [_cell(found.get(tool)) for tool in TOOLS]
        ours = found.get("slipway")
        ratios = [_ratio(ours, found.get(tool)) for tool in TOOLS if tool != "slipway"]
        rows.append(f"| {title} | {' | '.join(cells)} | {' / '.join(ratios)} |")
    head = f"| seconds: median (least to most) | {' | '.join(TOOLS)} | slipway to {' / '.join(TOOLS[1:])} |"
    return [head, "|---" * (len(TOOLS) + 2) + "|", *rows]


def _costs(known: Measurements, number: int) -> list[str]:
    """What a change costs besides time."""
    rows = []
    for title, what, divisor, form in (
        ("processor seconds of the controller", "cpu", 1, "{:.1f}"),
        ("MB sent to the hosts", "sent", 1e6, "{:.1f}"),
        ("connections to the hosts", "connections", 1, "{:.0f}"),
        ("MB of memory of the largest process", "memory", 1e6, "{:.0f}"),
    ):
        found = [known.spread("change", tool, number, what) for tool in TOOLS]
        cells = [form.format(one.median / divisor) if one else "-" for one in found]
        rows.append(f"| {title} | {' | '.join(cells)} |")
    lost = [_lost(known, tool, number) for tool in TOOLS]
    rows.append(f"| requests lost while it is released | {' | '.join(lost)} |")
    return [
        f"| a one-line change, with its build | {' | '.join(TOOLS)} |",
        "|---" * (len(TOOLS) + 1) + "|",
        *rows,
    ]


def _lost(known: Measurements, tool: str, number: int) -> str:
    found = known.of("load", tool, number)
    return f"{sum(one.lost for one in found)} of {sum(one.requests for one in found):,}" if found else "-"


def _links(records: Sequence[Record]) -> str:
    """The same over slower links, where that was measured."""
    rows = []
    for link, number in sorted({(one.link, one.hosts) for one in records if one.link != LAB}):
        there = [one for one in records if one.link == link]
        for scenario, title in TITLES.items():
            chosen = [one for one in there if (one.scenario, one.hosts) == (scenario, number)]
            cells = [
                _cell(Spread.of(one.cost.seconds for one in chosen if one.tool == tool)) for tool in TOOLS
            ]
            if chosen:
                rows.append(f"| {link} | {_hosts(number)} | {title} | {' | '.join(cells)} |")
    if not rows:
        return "Not measured."
    head = f"| link | | seconds | {' | '.join(TOOLS)} |"
    return "\n".join([head, "|---" * (len(TOOLS) + 3) + "|", *rows])


def _load(records: Sequence[Record]) -> str:
    """How busy the machine was with other things."""
    found = Spread.of(one.load for one in records)
    return f"{found.median:.1f} ({found.least:.1f} to {found.most:.1f})" if found else "not known"


def _rounds(records: Sequence[Record]) -> str:
    """By number of hosts, from the scenario with the fewest to that with the most."""
    most: dict[tuple[int, str, str], int] = {}
    for one in records:
        key = one.hosts, one.scenario, one.link
        most[key] = max(most.get(key, 0), one.round)
    told = list[str]()
    for number in sorted({hosts for hosts, *_ in most}):
        found = sorted({rounds for (hosts, *_), rounds in most.items() if hosts == number})
        told.append(f"{' to '.join(map(str, dict.fromkeys((found[0], found[-1]))))} on {_hosts(number)}")
    return ", ".join(told) or "none yet"


def _cell(spread: Spread | None) -> str:
    return f"{spread.median:.1f} ({spread.least:.1f} to {spread.most:.1f})" if spread else "-"


def _ratio(ours: Spread | None, theirs: Spread | None) -> str:
    ratio = ours.over(theirs) if ours else None
    return "-" if ratio is None else f"{ratio:.2f}"


def _hosts(number: int) -> str:
    return "1 host" if number == 1 else f"{number} hosts"
