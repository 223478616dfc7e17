"""An open-loop HTTP/1.1 load client: requests leave by the clock, never by the last answer, and none is ever sent twice.

Usage: python -m tests.load URL [--rate 100] [--seconds 10] ...; exit status: 0 none lost, 1 some lost, 2 usage.
Only for loopback and private addresses. Not a benchmark of how much a server can take.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

CHUNK = 65536


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


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is sent. Raises ValueError for an address that is neither loopback nor private, or a number out of bounds.

    rate: requests per second; seconds: after which it ends at the latest; connections: kept open and used in turns, more
    are opened when all are busy; keep_alive False: a new connection for each request; body: what POST sends; expect: what
    every 2xx body must contain; slow: share of requests (0 to 1) that ask `slow_path` instead; upload: bytes of a POST to
    `upload_path` that takes `upload_seconds` and of which one is always in flight; timeout: seconds from due to answered.
    """

    url: str
    rate: float = 100
    seconds: float = 10
    connections: int = 16
    keep_alive: bool = True
    method: str = "GET"
    body: bytes = b""
    expect: str = ""
    slow: float = 0
    slow_path: str = "/slow?ms=2000"
    upload: int = 0
    upload_path: str = "/echo"
    upload_seconds: float = 2
    timeout: float = 10

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        try:
            address = ipaddress.ip_address(parts.hostname or "")
        except ValueError:
            raise ValueError(
                f"{self.url} names no IP address; write one, such as http://127.0.0.1:8080/"
            ) from None
        if parts.scheme != "http" or not (address.is_loopback or address.is_private):
            raise ValueError(
                f"{self.url} is not http on a loopback or private address, and nothing else is loaded"
            )
        bounds = {"rate": 5000, "seconds": 3600, "connections": 1024, "timeout": 600, "upload_seconds": 600}
        for name, most in bounds.items():
            if not 0 < getattr(self, name) <= most:
                raise ValueError(
                    f"{name} is {getattr(self, name)}; allowed is more than 0 and at most {most}"
                )
        if not 0 <= self.slow <= 1:
            raise ValueError(f"slow is {self.slow}; it is a share from 0 to 1")
        if not 0 <= self.upload <= 1 << 30:
            raise ValueError(f"upload is {self.upload}; allowed is at most 1 GiB")

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 80

    @property
    def path(self) -> str:
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def is_slow(self, number: int) -> bool:
        """Spreads the slow ones evenly."""
        return int((number + 1) * self.slow) > int(number * self.slow)


@dataclass(kw_only=True)
class Result:
    """What became of `scheduled` requests. lateness: the worst delay in seconds with which one left, a sign that the client's
    own machine was busy; latencies: seconds from when a request was due to its answer; examples: the first losses, with
    the second in which they happened."""

    scheduled: int = 0
    answered: int = 0
    causes: Counter[Cause] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    opened: int = 0
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

    def __str__(self) -> str:
        causes = "".join(f"\n  {count} {cause.value}" for cause, count in self.causes.most_common())
        examples = "".join(f"\n  {line}" for line in self.examples)
        return (
            f"{self.lost} lost of {self.scheduled} over {self.opened} connections; "
            f"latency p50 {self.latency(0.5):.3f} s, p99 {self.latency(0.99):.3f} s, worst {self.latency(1):.3f} s; "
            f"sent at most {self.lateness:.3f} s late{causes}{examples}"
        )


@dataclass
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def usable(self) -> bool:
        """Whether nobody is known to have closed it: what every client looks at before it writes."""
        return not (
            self.reader.at_eof() or self.reader.exception() is not None or self.writer.transport.is_closing()
        )

    def close(self) -> None:
        self.writer.transport.abort()


async def run(plan: Plan, stop: asyncio.Event | None = None) -> Result:
    """Sends until `plan.seconds` are over or `stop` is set, then waits for the answers that are still due."""
    return await _Run(plan, stop or asyncio.Event()).go()


@contextmanager
def running(plan: Plan) -> Iterator[Result]:
    """Load in the background of the body; the result is complete once the body has ended."""
    result = Result()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    errors: list[BaseException] = []

    def work() -> None:
        try:
            loop.run_until_complete(_Run(plan, stop, result).go())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield result
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
    if errors:
        raise errors[0]


class _Run:
    def __init__(self, plan: Plan, stop: asyncio.Event, result: Result | None = None) -> None:
        self.plan, self.stop = plan, stop
        self.result = result or Result()
        self.idle: list[_Connection] = []
        self.began = time.monotonic()

    async def go(self) -> Result:
        # As many connections as asked for from the beginning, so that a release meets all of them.
        self.began = time.monotonic()
        if self.plan.keep_alive:
            opened = await asyncio.gather(
                *(self._open() for _ in range(self.plan.connections)), return_exceptions=True
            )
            self.idle = [one for one in opened if isinstance(one, _Connection)]
        self.began = time.monotonic()
        uploads = asyncio.create_task(self._uploads())
        tasks = [uploads, *[task async for task in self._on_schedule()]]
        self.stop.set()
        await asyncio.gather(*tasks)
        for connection in self.idle:
            connection.close()
        return self.result

    async def _on_schedule(self):
        number = 0
        while not self.stop.is_set():
            due = self.began + number / self.plan.rate
            if due - self.began >= self.plan.seconds:
                return
            if (wait := due - time.monotonic()) > 0:
                try:
                    await asyncio.wait_for(self.stop.wait(), wait)
                    return
                except TimeoutError:
                    pass
            self.result.lateness = max(self.result.lateness, time.monotonic() - due)
            slow = self.plan.is_slow(number)
            path = self.plan.slow_path if slow else self.plan.path
            yield asyncio.create_task(
                self._count(due, "GET" if slow else self.plan.method, path, "" if slow else self.plan.expect)
            )
            number += 1
            await asyncio.sleep(0)

    async def _uploads(self) -> None:
        while self.plan.upload and not self.stop.is_set():
            await self._count(time.monotonic(), "POST", self.plan.upload_path, "", self.plan.upload)

    async def _count(self, due: float, method: str, path: str, expect: str, upload: int = 0) -> None:
        self.result.scheduled += 1
        limit = self.plan.timeout + (self.plan.upload_seconds if upload else 0)
        try:
            try:
                await asyncio.wait_for(self._request(method, path, expect, upload), limit)
            except TimeoutError:
                raise Lost(Cause.TIMEOUT, f"no whole answer within {limit:g} s") from None
        except Lost as lost:
            self.result.causes[lost.cause] += 1
            if len(self.result.examples) < 10:
                self.result.examples.append(f"at {due - self.began:.2f} s {method} {path}: {lost}")
        else:
            self.result.answered += 1
            self.result.latencies.append(time.monotonic() - due)

    async def _request(self, method: str, path: str, expect: str, upload: int) -> None:
        connection = await self._take()
        kept = False
        try:
            head = f"{method} {path} HTTP/1.1\r\nHost: {self.plan.address[0]}\r\n"
            if not self.plan.keep_alive:
                head += "Connection: close\r\n"
            body = self.plan.body if method == "POST" and not upload else b""
            if method == "POST":
                head += f"Content-Length: {upload or len(body)}\r\n"
            connection.writer.write(head.encode() + b"\r\n" + body)
            if upload:
                await self._send_slowly(connection.writer, upload)
            status, received, reusable = await _answer(connection.reader)
            if not 200 <= status < 300:
                raise Lost(Cause.STATUS, f"{status} {received[:200]!r}")
            if expect and expect.encode() not in received:
                raise Lost(Cause.BODY, f"{received[:200]!r} does not hold {expect!r}")
            kept = reusable and self.plan.keep_alive
        except (OSError, EOFError, ValueError) as error:
            raise Lost(Cause.RESET, repr(error)) from None
        finally:
            if kept:
                self.idle.append(connection)
            else:
                connection.close()

    async def _send_slowly(self, writer: asyncio.StreamWriter, size: int) -> None:
        pieces = -(-size // CHUNK)
        for piece in range(pieces):
            writer.write(bytes(min(CHUNK, size - piece * CHUNK)))
            await writer.drain()
            await asyncio.sleep(self.plan.upload_seconds / pieces)

    async def _take(self) -> _Connection:
        """The one that has been idle longest, so that all are in use; a new one when there is none."""
        while self.idle:
            connection = self.idle.pop(0)
            if connection.usable:
                return connection
            connection.close()
        try:
            return await self._open()
        except OSError as error:
            raise Lost(Cause.CONNECT, repr(error)) from None

    async def _open(self) -> _Connection:
        host, port = self.plan.address
        connection = _Connection(*await asyncio.open_connection(host, port))
        self.result.opened += 1
        return connection


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """Status, whole body, and whether the connection can be used again. Raises EOFError when it ends before."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    version, status = head[0].split(" ", 2)[:2]
    if not version.startswith("HTTP/1."):
        raise ValueError(f"{head[0]!r} is no HTTP/1 answer")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    reusable = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
    elif "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    else:
        body, reusable = await reader.read(), False
    return int(status), body, reusable


def main(arguments: list[str]) -> int:
    """Runs the command line and returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("url", metavar="URL", help="http://ADDRESS[:PORT]/PATH; loopback or private")
    parser.add_argument("--rate", type=float, default=100, help="requests per second (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=10, help="how long (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=16, help="kept connections (default: %(default)s)")
    parser.add_argument("--new-connections", action="store_true", help="a new connection for each request")
    parser.add_argument("--post", type=int, metavar="BYTES", help="POST a body of that size instead of GET")
    parser.add_argument("--expect", default="", metavar="TEXT", help="what every answer's body must hold")
    parser.add_argument("--slow", type=float, default=0, help="share of requests that take 2 s, 0 to 1")
    parser.add_argument("--upload", type=int, default=0, metavar="BYTES", help="keep an upload in flight")
    parser.add_argument("--timeout", type=float, default=10, help="for one answer (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        plan = Plan(
            url=options.url,
            rate=options.rate,
            seconds=options.seconds,
            connections=options.connections,
            keep_alive=not options.new_connections,
            method="GET" if options.post is None else "POST",
            body=bytes(options.post or 0),
            expect=options.expect,
            slow=options.slow,
            upload=options.upload,
            timeout=options.timeout,
        )
    except ValueError as error:
        parser.error(str(error))
    try:
        result = asyncio.run(run(plan))
    except KeyboardInterrupt:
        return 130
    print(result)
    return 1 if result.lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
