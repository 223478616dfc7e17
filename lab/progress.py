"""Lines that tell people what a lab is doing and for how long; goes to stderr, so that stdout stays the result."""

import sys
import threading
import time


class Progress:
    """One line per step: seconds since the start, the host or part, what happened. Safe to use from several threads."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._start = time.monotonic()
        self._quiet = quiet
        self._lock = threading.Lock()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._start

    def say(self, subject: str, text: str) -> None:
        if self._quiet:
            return
        with self._lock:
            print(f"{self.elapsed:6.1f}s  {subject:<8} {text}", file=sys.stderr, flush=True)
