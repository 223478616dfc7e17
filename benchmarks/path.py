"""`make bench-path`: what the proxies before a service cost its requests; writes its part of docs/benchmarks.md.

Requests a second and latencies of the bare service, of a host's HAProxy, of edge and host together, and of one hop of bare nginx;
small answers and such of 1 MB, over kept and over new connections, without and with TLS; memory of connections that are idle.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import page, path_record, record
from benchmarks.cost import Failed
from benchmarks.ground import PROJECT
from benchmarks.idle import held, idle
from benchmarks.path_ground import Ground, ground
from benchmarks.path_record import WAYS, Case, Idle, Passed
from benchmarks.vegeta import load

PLAIN = [Case(size=size, fresh=fresh, tls=False) for size in ("small", "large") for fresh in (False, True)]
ENCRYPTED = [Case(size=one.size, fresh=one.fresh, tls=True) for one in PLAIN]
SECONDS = 2.0


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.path", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each run; default: %(default)s")
    parser.add_argument("--idle", type=int, default=10_000, help="idle connections; default: %(default)s")
    parser.add_argument("--results", type=Path, help="another file; no page is written then")
    options = parser.parse_args(arguments)
    passed: list[Passed] = []
    still: list[Idle] = []
    try:
        with tempfile.TemporaryDirectory(prefix="slipway-path-") as folder, ground(Path(folder)) as made:
            for turn in range(options.rounds):
                for case in PLAIN:
                    passed += _shown(_round(made, case, WAYS, turn, options.seconds))
            still += [_idle(made, way, options.idle) for way in ("host", "nginx", "edge")]
            made.encrypt()
            for turn in range(options.rounds):
                for case in ENCRYPTED:
                    passed += _shown(_round(made, case, ("nginx", "edge"), turn, options.seconds))
    except Failed as failed:
        print(f"bench-path: {failed}", file=sys.stderr)
        return 1
    path_record.write(passed, still, options.results or path_record.RESULTS)
    if not options.results:
        page.write(record.read(PROJECT / "docs" / "benchmarks.json"), PROJECT / "docs")
    return 0


def _round(made: Ground, case: Case, ways: Sequence[str], turn: int, seconds: float) -> Iterator[Passed]:
    """All ways, each as fast as it goes, then all at half of what the edge could; another one first in each round."""
    urls = {way: f"{made.place(way, case.tls)}/{case.size}" for way in ways}
    before = os.getloadavg()[0]
    at = turn % len(ways)
    order = [*ways[at:], *ways[:at]]
    best = {way: load(urls[way], seconds, fresh=case.fresh) for way in order}
    half = best["edge"].rate / 2
    for way in order:
        began = made.processor(way)
        found = load(urls[way], seconds, rate=half, fresh=case.fresh)
        yield Passed(
            way=way,
            case=case,
            round=turn + 1,
            best=_rounded(best[way].rate),
            rate=_rounded(half),
            p50=_rounded(found.p50),
            p99=_rounded(found.p99),
            processor=_rounded((made.processor(way) - began) / found.requests),
            lost=best[way].lost + found.lost,
            load=before,
        )


def _rounded(value: float) -> float:
    """Four digits: more would be noise."""
    return float(f"{value:.4g}")


def _shown(found: Iterator[Passed]) -> list[Passed]:
    kept = []
    for one in found:
        case = f"{one.case.size:<5} {'new ' if one.case.fresh else 'kept'} {'TLS' if one.case.tls else '   '}"
        print(
            f"{case}  round {one.round}  {one.way:<7} {one.best:7.0f}/s; at {one.rate:5.0f}/s p50 {one.p50 * 1e3:6.2f} ms"
            f"  p99 {one.p99 * 1e3:6.2f} ms  {one.processor * 1e6:5.0f} µs of processor  {one.lost} lost",
            flush=True,
        )
        kept.append(one)
    return kept


def _idle(made: Ground, way: str, number: int) -> Idle:
    machine, _, port = made.place(way, tls=False).removeprefix("http://").partition(":")
    before = made.memory(way)
    with idle(machine, int(port), number) as opened:
        found = Idle(way=way, opened=len(opened), held=held(opened), memory=made.memory(way) - before)
    print(f"{found.opened} idle  {way:<7} {found.held} held  {found.memory / 1e6:.1f} MB", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
