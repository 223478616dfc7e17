"""What a receiver has of the lines that were sent, by the rule of docs/hosts.md for what is there twice."""

from __future__ import annotations

import collections
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One of a journal; two that are equal are one which was sent again, since its upload was broken off."""

    boot: str
    time: str
    line: str


def once(entries: Iterable[Entry]) -> collections.Counter[str]:
    """How often each line was written, as the receiver knows it."""
    return collections.Counter(entry.line for entry in set(entries))
