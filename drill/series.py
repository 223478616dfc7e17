"""Several losses of a region, one after the other, and what they say together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from drill.course import Course

SHARE = 95
"""Percent of users whose time is told beside the longest."""


@dataclass(frozen=True)
class Series:
    """At least one."""

    courses: Sequence[Course]

    @property
    def passed(self) -> bool:
        return all(each.passed for each in self.courses)

    @property
    def worst(self) -> Course:
        """The one that did not pass, or took the longest."""
        return max(self.courses, key=lambda each: (not each.passed, each.served_after))

    @property
    def served_again(self) -> list[float]:
        """As Course.served_again, of all of them."""
        return sorted(seconds for each in self.courses for seconds in each.served_again)

    def within(self, percent: int) -> float:
        """Seconds in which so many of the users who met the loss were served again (nearest rank); 0 where nobody met it."""
        times = self.served_again
        return times[math.ceil(percent / 100 * len(times)) - 1] if times else 0.0
