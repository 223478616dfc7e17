"""Many connections that ask once and are then left alone."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.cost import Failed

REQUEST = b"GET /small HTTP/1.1\r\nHost: path.example\r\n\r\n"
SPARE = 200
"""Files that this process has open besides."""


@contextmanager
def idle(address: str, port: int, number: int) -> Iterator[list[socket.socket]]:
    """Open while the body runs; fewer where one is not answered within 3 s. Raises Failed where so many may not be."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most < number + SPARE:
        raise Failed(
            f"{number} connections need as many open files, and this process may have {most}: `ulimit -n`"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    opened: list[socket.socket] = []
    try:
        for _ in range(number):
            one = socket.create_connection((address, port), timeout=3)
            opened.append(one)
            try:
                one.sendall(REQUEST)
                one.recv(4096)
            except TimeoutError:
                break  # no room for any more
            except OSError:
                pass  # is found closed
        yield opened
    finally:
        for one in opened:
            one.close()


def held(opened: list[socket.socket]) -> int:
    """How many of them the other side has not closed."""
    time.sleep(1)
    return sum(_open(one) for one in opened)


def _open(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        while one.recv(4096):
            pass  # the rest of the answer
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False
