"""Lines with the seconds since the beginning."""

from __future__ import annotations

import time


class Progress:
    """`say` prints one."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def say(self, line: str) -> None:
        print(f"{time.monotonic() - self._began:6.1f}s  {line}", flush=True)
