"""Medians of what was measured, with the least and the most, and ratios of them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Of several runs."""

    median: float
    least: float
    most: float
    runs: int

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread | None:
        """None of nothing."""
        found = sorted(values)
        return cls(statistics.median(found), found[0], found[-1], len(found)) if found else None

    def over(self, other: Spread | None) -> float | None:
        """The ratio of the medians; None where there is nothing to compare with."""
        return self.median / other.median if other and other.median else None


def per_further(by_number: dict[int, float]) -> float | None:
    """The slope of the least-squares line through `by_number`: what each further one adds. None of fewer than two."""
    if len(by_number) < 2:
        return None
    return statistics.linear_regression(list(by_number), list(by_number.values())).slope
