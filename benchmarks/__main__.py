"""`make bench`: Slipway, pyinfra, Ansible and the floor in turns on the same hosts; writes docs/benchmarks.md and its plots."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from benchmarks import operation, page, record
from benchmarks.cost import Failed
from benchmarks.ground import PROJECT, Ground, Link, ground
from benchmarks.peers import Ansible, Floor, Pyinfra
from benchmarks.record import Record
from benchmarks.scenarios import SCENARIOS
from benchmarks.slipway import Slipway
from benchmarks.source import Source
from benchmarks.tools import Tool

RESULTS = PROJECT / "docs" / "benchmarks.json"
TOOLS = {"slipway": Slipway, "pyinfra": Pyinfra, "ansible": Ansible, "floor": Floor}
QUICK = ("first", "noop", "empty", "change", "rollback")


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.quick:
        options.hosts, options.rounds, options.scenarios = [2], 1, list(QUICK)
    if options.page:
        page.write(record.read(RESULTS), PROJECT / "docs")
        return 0
    results = _results(options)
    try:
        if options.operation:
            operation.measure(options.rounds)
            return 0
        for number in options.hosts:
            _measure(number, options, results)
    except Failed as failed:
        print(f"bench: {failed}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if results == RESULTS:
        page.write(record.read(RESULTS), PROJECT / "docs")
    return 0


def _results(options: argparse.Namespace) -> Path:
    quick = PROJECT / ".slipway" / "bench" / "quick.json"
    quick.parent.mkdir(parents=True, exist_ok=True)
    return Path(options.results) if options.results else quick if options.quick else RESULTS


def _measure(number: int, options: argparse.Namespace, results: Path) -> None:
    before, found = record.read(results), list[Record]()
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        kept = Path(folder) / "ground"
        try:
            with ground(number, kept) as made:
                size = Source.copied(kept / "size", "nobody").size(kept)
                tools: list[Tool] = [TOOLS[name](made) for name in options.tools]
                if "first" not in options.scenarios:
                    for tool in tools:
                        SCENARIOS["first"](tool, made)
                past = (
                    record.rounds(before, options.scenarios, number, str(options.link)) if options.more else 0
                )
                for turn in range(past, past + options.rounds):
                    found += _round(turn, tools, made, size, options)
                    record.write(results, [*before, *found] if options.more else record.merged(before, found))
        finally:
            _keep_logs(kept)


def _round(
    turn: int, tools: list[Tool], made: Ground, size: int, options: argparse.Namespace
) -> list[Record]:
    """Each scenario by all tools, in another order each time."""
    found: list[Record] = []
    with made.shaped(options.link):
        for place, scenario in enumerate(options.scenarios):
            at = (turn + place) % len(tools)
            for tool in [*tools[at:], *tools[:at]]:
                load = os.getloadavg()[0]
                measured = SCENARIOS[scenario](tool, made)
                if measured is None:
                    continue
                one = Record(
                    tool=tool.name,
                    scenario=scenario,
                    hosts=len(made.hosts),
                    link=str(options.link),
                    round=turn + 1,
                    cost=measured.cost,
                    lost=measured.lost,
                    requests=measured.requests,
                    load=load,
                    binary=size,
                )
                found.append(one)
                print(_line(one), flush=True)
    return found


def _line(one: Record) -> str:
    cost = one.cost
    lost = f"  {one.lost} of {one.requests} lost" if one.requests else ""
    return (
        f"{one.hosts:>3} hosts  round {one.round}  {one.scenario:<14} {one.tool:<8} {cost.seconds:6.2f} s  cpu {cost.cpu:5.2f} s"
        f"  {cost.sent / 1e6:7.2f} MB  {cost.connections:>3} connections  {cost.memory / 1e6:4.0f} MB{lost}"
    )


def _keep_logs(folder: Path) -> None:
    """What the tools printed, for whoever wonders."""
    kept = PROJECT / ".slipway" / "bench"
    kept.mkdir(parents=True, exist_ok=True)
    for log in folder.glob("*.log"):
        shutil.copy2(log, kept)


def _numbers(text: str) -> list[int]:
    return [int(one) for one in text.split(",")]


def _names(known: Sequence[str]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        found = text.split(",")
        if unknown := [one for one in found if one not in known]:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there are {', '.join(known)}")
        return found

    return names


def _link(text: str) -> Link:
    delay, _, rate = text.partition(",")
    return Link(delay=int(delay), rate=int(rate or 0))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--hosts", type=_numbers, default=[1, 4, 16], metavar="N,N…", help="default: 1,4,16")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--tools", type=_names(list(TOOLS)), default=list(TOOLS), metavar="NAME,…")
    parser.add_argument(
        "--scenarios", type=_names(list(SCENARIOS)), default=list(SCENARIOS), metavar="NAME,…"
    )
    parser.add_argument(
        "--link", type=_link, default=Link(), metavar="MS[,MBIT]", help="default: the lab's own"
    )
    parser.add_argument(
        "--quick", action="store_true", help="two hosts, one round, four scenarios; changes no page"
    )
    parser.add_argument(
        "--operation",
        action="store_true",
        help="what firewall, TLS, logs … add to a release; changes no page",
    )
    parser.add_argument(
        "--more",
        action="store_true",
        help="adds rounds to those that are there, as after a run that ended early",
    )
    parser.add_argument("--results", help="another file than docs/benchmarks.json; no page is written then")
    parser.add_argument("--page", action="store_true", help="write the page from what was measured before")
    return parser


def _terminated(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(main(sys.argv[1:]))
