"""The data path's part of docs/benchmarks.md: its tables and its goals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.figures import Spread
from benchmarks.goals import Goal
from benchmarks.path_record import WAYS, Case, Idle, Passed

USUAL = Case(size="small", fresh=False, tls=False)
"""The case that goals are of."""
TITLES = {"service": "bare service", "host": "host", "nginx": "bare nginx", "edge": "edge and host"}


def goals(passed: Sequence[Passed]) -> list[Goal]:
    """Of small answers over kept connections, without TLS."""
    edge, service = (_median(passed, USUAL, way, "p99") for way in ("edge", "service"))
    added = None if edge is None or service is None else (edge - service) * 1e3
    ours, theirs = (_median(passed, USUAL, way, "best") for way in ("edge", "nginx"))
    share = ours / theirs if ours and theirs else None
    return [
        Goal(
            name="edge and host, added p99 at half load",
            limit="≤ 1 ms",
            **({} if added is None else {"measured": f"{added:.1f} ms", "met": added <= 1}),
        ),
        Goal(
            name="edge and host, requests/s",
            limit="≥ 0.7 of one hop of bare nginx",
            **({} if share is None else {"measured": f"{share:.2f}", "met": share >= 0.7}),
        ),
    ]


def tables(passed: Sequence[Passed], idle: Sequence[Idle]) -> str:
    """Requests a second, latencies, processor time, and memory of idle connections."""
    if not passed:
        return "Not measured."
    parts = [
        *_table(passed, "requests/s, as many as are answered", lambda case, way: _best(passed, case, way)),
        *_table(passed, "p50, p99 in ms at half of the edge's", lambda case, way: _times(passed, case, way)),
        *_table(
            passed, "µs of processor a request, of that part", lambda case, way: _cost(passed, case, way)
        ),
        *_idle(idle),
        f"Requests without a 200: {sum(one.lost for one in passed):,}. Load of the machine before: "
        f"at most {max(one.load for one in passed):.1f}. Rounds: {max(one.round for one in passed)}.",
    ]
    return "\n".join(parts)


def _table(passed: Sequence[Passed], title: str, cell: Callable[[Case, str], str]) -> list[str]:
    cases = dict.fromkeys(one.case for one in passed)
    rows = [f"| {_named(case)} | {' | '.join(cell(case, way) for way in WAYS)} |" for case in cases]
    head = f"| {title} | {' | '.join(TITLES[way] for way in WAYS)} |"
    return [head, "|---" * (len(WAYS) + 1) + "|", *rows, ""]


def _named(case: Case) -> str:
    size = "1 MB" if case.size == "large" else "small"
    return f"{size}, {'new' if case.fresh else 'kept'} connections{', TLS' if case.tls else ''}"


def _best(passed: Sequence[Passed], case: Case, way: str) -> str:
    found = _median(passed, case, way, "best")
    return "-" if found is None else f"{found:,.0f}"


def _times(passed: Sequence[Passed], case: Case, way: str) -> str:
    middle, slow = (_median(passed, case, way, what) for what in ("p50", "p99"))
    return "-" if middle is None or slow is None else f"{middle * 1e3:.1f}, {slow * 1e3:.1f}"


def _cost(passed: Sequence[Passed], case: Case, way: str) -> str:
    found = _median(passed, case, way, "processor")
    return "-" if found is None else f"{found * 1e6:,.0f}"


def _median(passed: Sequence[Passed], case: Case, way: str, what: str) -> float | None:
    found = Spread.of(getattr(one, what) for one in passed if (one.case, one.way) == (case, way))
    return found.median if found else None


def _idle(idle: Sequence[Idle]) -> list[str]:
    rows = [f"| {TITLES[one.way]} | {one.opened:,} | {one.held:,} | {one.memory / 1e6:.1f} |" for one in idle]
    return ["| idle connections | opened | kept open | MB for them |", "|---|---|---|---|", *rows, ""]
