"""Spans of time, and how they are shown: one line each, with a bar."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

BAR = 40


@dataclass(frozen=True, kw_only=True)
class Span:
    """From `began` to `ended`, in seconds since the timeline's own beginning; a moment has both alike."""

    kind: str
    name: str
    began: float
    ended: float


@dataclass(kw_only=True)
class Timeline:
    """Filled by many threads at once."""

    spans: list[Span] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        return time.monotonic() - self._began

    def add(self, kind: str, name: str, began: float) -> None:
        with self._lock:
            self.spans.append(Span(kind=kind, name=name, began=began, ended=self.now()))

    def moment(self, kind: str, name: str) -> None:
        at = self.now()
        with self._lock:
            self.spans.append(Span(kind=kind, name=name, began=at, ended=at))

    @contextmanager
    def span(self, kind: str, name: str) -> Any:
        began = self.now()
        try:
            yield
        finally:
            self.add(kind, name, began)

    def watch(self, owner: Any, attribute: str, kind: str, name: Callable[..., str]) -> None:
        """Has every call of a function, or a coroutine function, recorded; `name` gets its arguments."""
        watched = getattr(owner, attribute)

        if inspect.iscoroutinefunction(watched):

            @wraps(watched)
            async def waits(*words: Any, **more: Any) -> Any:
                with self.span(kind, name(*words, **more)):
                    return await watched(*words, **more)

            setattr(owner, attribute, waits)
        else:

            @wraps(watched)
            def calls(*words: Any, **more: Any) -> Any:
                with self.span(kind, name(*words, **more)):
                    return watched(*words, **more)

            setattr(owner, attribute, calls)

    def lines(self) -> list[str]:
        """In the order in which they began; a bar shows where in the whole each one lies."""
        end = max((span.ended for span in self.spans), default=0) or 1
        return [_line(span, end) for span in sorted(self.spans, key=lambda span: (span.began, -span.ended))]

    def sums(self) -> list[str]:
        """How long each kind was at work, however many of it at a time."""
        kinds = dict.fromkeys(span.kind for span in self.spans if span.ended > span.began)
        found = {kind: _covered([span for span in self.spans if span.kind == kind]) for kind in kinds}
        return [f"{kind:<10} {seconds:6.2f} s" for kind, seconds in found.items()]


def _line(span: Span, end: float) -> str:
    left = int(span.began / end * BAR)
    width = max(1, round((span.ended - span.began) / end * BAR))
    bar = (" " * left + ("▪" * width if span.ended > span.began else "·"))[:BAR]
    length = f"{span.ended - span.began:6.2f}" if span.ended > span.began else " " * 6
    return f"{span.began:6.2f} {length}  {bar:<{BAR}}  {span.kind:<10} {span.name}".rstrip()


def _covered(spans: list[Span]) -> float:
    """The seconds that at least one of them covers."""
    covered, until = 0.0, 0.0
    for span in sorted(spans, key=lambda span: span.began):
        covered += max(0.0, span.ended - max(until, span.began))
        until = max(until, span.ended)
    return covered
