"""What is made once for every checkout of this user: under a name that says what it is made from, whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def directory() -> Path:
    """Outside the checkout, as the user's other caches are."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "slipway/engine"


def made(name: str, make: Callable[[Path], None], waiting: Callable[[], None]) -> Path:
    """The cached directory, which `make` fills if it is not there; whoever comes second calls `waiting` and waits.

    What was killed half way is never used, and goes with the next attempt.
    """
    wanted = directory() / name
    if wanted.exists():
        return wanted
    with _held(directory() / f"{name}.lock", waiting):
        if not wanted.exists():
            partial = wanted.with_name(f"{name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            try:
                make(partial)
            except BaseException:
                shutil.rmtree(partial, ignore_errors=True)
                raise
            partial.rename(wanted)
    return wanted


@contextmanager
def _held(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
