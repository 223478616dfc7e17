"""What became of the requests: how many were lost, and why."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum


class Cause(Enum):
    """Why a request counts as lost."""

    CONNECT = "connect error"
    RESET = "closed or reset before the whole answer"
    TIMEOUT = "timeout"
    STATUS = "status not 2xx"
    BODY = "wrong body"


class Lost(Exception):
    """A request without the answer that it should have had."""

    def __init__(self, cause: Cause, detail: str) -> None:
        super().__init__(f"{cause.value}: {detail}")
        self.cause = cause


@dataclass(kw_only=True)
class Result:
    """What became of `scheduled` requests. lateness: the worst delay in seconds with which one left, a sign that the
    client's own machine was busy; again: sent once more; latencies: seconds from when a request was due to its answer,
    without those that are slow on purpose and uploads; examples: the first losses, with the second in which they happened."""

    scheduled: int = 0
    answered: int = 0
    causes: Counter[Cause] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    opened: int = 0
    again: int = 0
    lateness: float = 0
    latencies: list[float] = field(default_factory=list, repr=False)

    @property
    def lost(self) -> int:
        """Whatever was due and not answered, whether or not a cause was noted."""
        return self.scheduled - self.answered

    def latency(self, share: float) -> float:
        """The latency within which `share` of the answers came, in seconds; 0 without any answer."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0

    def json(self, latencies: bool) -> str:
        """One line for `update`."""
        facts = {
            "scheduled": self.scheduled,
            "answered": self.answered,
            "causes": {cause.name: count for cause, count in self.causes.items()},
            "examples": self.examples,
            "opened": self.opened,
            "again": self.again,
            "lateness": round(self.lateness, 3),
        }
        if latencies:
            facts["latencies"] = [round(latency, 4) for latency in self.latencies]
        return json.dumps(facts)

    def update(self, line: str) -> None:
        """Takes over what a line of `json` tells."""
        facts = json.loads(line)
        facts["causes"] = Counter({Cause[name]: count for name, count in facts["causes"].items()})
        for name, value in facts.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        causes = "".join(f"\n  {count} {cause.value}" for cause, count in self.causes.most_common())
        examples = "".join(f"\n  {line}" for line in self.examples)
        return (
            f"{self.lost} lost of {self.scheduled} over {self.opened} connections, {self.again} sent once more; "
            f"latency p50 {self.latency(0.5):.3f} s, p99 {self.latency(0.99):.3f} s, worst {self.latency(1):.3f} s; "
            f"sent at most {self.lateness:.3f} s late{causes}{examples}"
        )
