"""One run at a time for a service: an flock whose file names its holder."""

# ruff: noqa: PTH123

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from typing import Any, Callable

from activator.failure import Refused
from activator.host import Host


@contextlib.contextmanager
def held(
    host: Host, path: str, note: dict[str, Any], patience: Callable[[dict[str, Any]], float]
) -> Iterator[None]:
    """Holds the lock at `path`; after `patience(holder)` seconds refuses and names the holder."""
    began, told = host.clock(), False
    while True:
        descriptor = os.open(host.root + path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with open(descriptor, "r+") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                try:
                    holder = json.loads(stream.read())
                except ValueError:
                    holder = {}  # it has the lock and has not yet written who it is
                seconds, who = patience(holder), named(holder)
                if host.clock() - began > seconds:
                    raise Refused(f"another run holds {path}: {who}; run again when it has ended") from None
                if holder and not told and host.clock() - began > 1:
                    host.tell(f"waiting for another run, {seconds:g} s at the most: {who}")
                    told = True
                host.sleep(0.2)
                continue
            if os.fstat(stream.fileno()).st_nlink:  # else a removal took the file away with the service
                stream.truncate(0)
                stream.write(json.dumps(note))
                stream.flush()
                yield
                return


def named(holder: dict[str, Any]) -> str:
    pid, what, owner, since = (holder.get(key, "?") for key in ("pid", "what", "owner", "since"))
    return f"pid {pid}, {what} for {owner} since {since}"
