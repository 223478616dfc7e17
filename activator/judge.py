"""Whether users fare worse with the new slot than with the old one, by the proxy's own counters. Decides; switches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

DOUBT = 3.29
"""Standard deviations: a release as good as the one before is called worse once in 2,000 times, by chance."""
AVERAGED = 512
"""Over how many of a server's last requests HAProxy averages its response time (its TIME_STATS_SAMPLES)."""
UNFELT = 20
"""Milliseconds by which nobody calls a release slower, whatever the ratio."""


@dataclass(frozen=True)
class Seen:
    """What a slot was asked, how much of it failed, and mean milliseconds until an answer began."""

    requests: int = 0
    failed: int = 0
    milliseconds: float = 0

    def since(self, before: Seen) -> Seen:
        """What came after `before`; counters that went back began again, at a reload of the proxy."""
        if self.requests < before.requests:
            return self
        return Seen(self.requests - before.requests, self.failed - before.failed, self.milliseconds)

    def __str__(self) -> str:
        share = f" ({100 * self.failed / self.requests:.1f} %)" if self.failed else ""
        return f"{self.failed} of {self.requests} requests failed{share}, {self.milliseconds:.0f} ms"


def of_row(row: dict[str, str]) -> Seen:
    """One server's line of `show stat`. A connection that failed and an answer that broke off are failed requests, too."""

    def number(name: str) -> int:
        return int(row.get(name) or 0)

    broken = number("econ") + number("eresp")
    answered = sum(number(f"hrsp_{kind}") for kind in ("1xx", "2xx", "3xx", "4xx", "5xx", "other"))
    return Seen(answered + broken, number("hrsp_5xx") + broken, number("rtime"))


def worse(old: Seen, new: Seen, rules: dict[str, Any]) -> str:
    """Why the new release has to go, in words; empty when it may stay or too few have asked to know.

    Errors: Newcombe's interval for a difference of two shares, from Wilson's for each (Statistics in Medicine 17, 1998, pages
    873 to 890, method 10). The whole of it must lie above what is allowed. Time: HAProxy's own means.
    """
    if min(old.requests, new.requests) < rules["requests"]:
        return ""
    if least_difference(new, old) > rules["errors"] / 100:
        return f"{new}; with the release before: {old}"
    enough = min(old.requests, new.requests) >= AVERAGED
    slower = new.milliseconds > max(rules["slower"] * old.milliseconds, old.milliseconds + UNFELT)
    return (
        f"answers take {new.milliseconds:.0f} ms, {old.milliseconds:.0f} ms before"
        if enough and slower
        else ""
    )


def least_difference(new: Seen, old: Seen) -> float:
    """By how much the share of failed requests is higher with `new`, at the least."""
    lowest, highest = wilson(new)[0], wilson(old)[1]
    ours, theirs = new.failed / new.requests, old.failed / old.requests
    return ours - theirs - sqrt((ours - lowest) ** 2 + (highest - theirs) ** 2)


def wilson(seen: Seen) -> tuple[float, float]:
    """Between which shares the true one lies."""
    share, count, square = seen.failed / seen.requests, seen.requests, DOUBT**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = DOUBT / (1 + square / count) * sqrt(share * (1 - share) / count + square / (4 * count**2))
    return max(0.0, middle - half), min(1.0, middle + half)
