"""What is made once for every checkout of this user: under a name that says what it is made from, whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def directory(kind: str) -> Path:
    """Outside the checkout, as the user's other caches are."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "slipway" / kind


def made(wanted: Path, make: Callable[[Path], None], waiting: Callable[[], None]) -> Path:
    """The directory `wanted`, which `make` fills under another name if it is not there.

    Whoever comes second calls `waiting` and waits. What was killed half way is never used, and goes with the next attempt.
    """
    if wanted.exists():
        return wanted
    with held(wanted.with_name(f"{wanted.name}.lock"), waiting):
        if not wanted.exists():
            partial = wanted.with_name(f"{wanted.name}.partial")
            _remove(partial)
            partial.mkdir()
            try:
                make(partial)
            except BaseException:
                _remove(partial)
                raise
            partial.rename(wanted)
    return wanted


@contextmanager
def held(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """The lock at `path`, for as long as the block runs; `waiting` is called once where somebody else has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove(directory: Path) -> None:
    if directory.exists():
        shutil.rmtree(directory)
