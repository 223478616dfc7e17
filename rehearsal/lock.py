"""One run at a time per stack: a lock file that says who holds it. Not for locking between machines."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path


class Locked(Exception):
    """Another run holds the stack; the message names its process and since when."""


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock at `path` or raise Locked. The kernel lets go of it when the holder dies, however it dies,
    so what a dead run left behind is taken over; the file's text only says who holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Locked(_who(file.read(), path)) from None
        file.truncate(0)
        since = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
        file.write(json.dumps({"pid": os.getpid(), "since": since}))
        file.flush()
        yield
        file.truncate(0)


def _who(text: str, path: Path) -> str:
    try:
        holder = json.loads(text)
    except ValueError:
        holder = {}
    return (
        f"the stack {path.stem} is being worked on by process {holder.get('pid', 'unknown')} since "
        f"{holder.get('since', 'just now')}; wait for it to end, or end it with Ctrl-C or `kill`"
    )
