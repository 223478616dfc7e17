"""Carries out a plan: sends by the clock over kept or new connections, never a second time unless told so, and counts."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from dataclasses import dataclass

from tests.load.plan import Plan, Request
from tests.load.result import Cause, Lost, Result

CHUNK = 65536


async def run(plan: Plan, stop: asyncio.Event | None = None, result: Result | None = None) -> Result:
    """Sends until `plan.seconds` are over or `stop` is set, then waits for the answers that are still due."""
    return await _Run(plan, stop or asyncio.Event(), result or Result()).go()


class _HungUp(Lost):
    """The connection ended before a byte of the answer."""


@dataclass
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: bool = False

    @property
    def usable(self) -> bool:
        """Whether nobody is known to have closed it: what every client looks at before it writes."""
        return not (
            self.reader.at_eof() or self.reader.exception() is not None or self.writer.transport.is_closing()
        )

    def close(self) -> None:
        self.writer.transport.abort()


class _Run:
    def __init__(self, plan: Plan, stop: asyncio.Event, result: Result) -> None:
        self.plan, self.stop, self.result = plan, stop, result
        self.idle: deque[_Connection] = deque()
        self.began = time.monotonic()
        self.tls = _unchecked() if plan.tls else None
        self.name = plan.name or plan.address[0]

    async def go(self) -> Result:
        if self.plan.keep_alive:
            opened = await asyncio.gather(
                *(self._open() for _ in range(self.plan.connections)), return_exceptions=True
            )
            self.idle.extend(one for one in opened if isinstance(one, _Connection))
        self.began = time.monotonic()
        async with asyncio.TaskGroup() as sent:
            uploads = sent.create_task(self._uploads())
            await self._on_schedule(sent)
            self.stop.set()
            await uploads
        for connection in self.idle:
            connection.close()
        return self.result

    async def _on_schedule(self, sent: asyncio.TaskGroup) -> None:
        number = 0
        while not self.stop.is_set() and number / self.plan.rate < self.plan.seconds:
            due = self.began + number / self.plan.rate
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(min(wait, 0.1))
                continue
            self.result.lateness = max(self.result.lateness, -wait)
            sent.create_task(self._count(due, self.plan.request(number)))
            number += 1
            await asyncio.sleep(0)

    async def _uploads(self) -> None:
        while self.plan.upload and not self.stop.is_set():
            if not await self._count(time.monotonic(), self.plan.an_upload()):
                await asyncio.sleep(0.1)

    async def _count(self, due: float, request: Request) -> bool:
        """Whether it was answered."""
        self.result.scheduled += 1
        limit = self.plan.timeout + request.seconds
        try:
            try:
                async with asyncio.timeout(limit):
                    await self._send(request)
            except TimeoutError:
                raise Lost(Cause.TIMEOUT, f"no whole answer within {limit:g} s") from None
        except Lost as lost:
            self.result.causes[lost.cause] += 1
            if len(self.result.examples) < 10:
                when = due - self.began
                self.result.examples.append(f"at {when:.2f} s {request.method} {request.path}: {lost}")
            return False
        self.result.answered += 1
        if request.plain:
            self.result.latencies.append(time.monotonic() - due)
        return True

    async def _send(self, request: Request) -> None:
        connection = await self._take()
        try:
            await self._exchange(connection, request)
        except _HungUp:
            if not (self.plan.again and connection.used and request.method == "GET"):
                raise
            self.result.again += 1
            await self._exchange(await self._new(), request)

    async def _exchange(self, connection: _Connection, request: Request) -> None:
        kept = False
        try:
            head = f"{request.method} {request.path} HTTP/1.1\r\nHost: {self.name}\r\n"
            if not self.plan.keep_alive:
                head += "Connection: close\r\n"
            if request.method == "POST":
                head += f"Content-Length: {request.body}\r\n"
            whole = 0 if request.seconds else request.body
            connection.writer.write(head.encode() + b"\r\n" + bytes(whole))
            if request.seconds:
                await _send_slowly(connection.writer, request)
            status, received, reusable = await _answer(connection.reader)
            if not 200 <= status < 300:
                raise Lost(Cause.STATUS, f"{status} {received[:200]!r}")
            if request.expect.encode() not in received:
                raise Lost(Cause.BODY, f"{received[:200]!r} does not hold {request.expect!r}")
            kept = reusable and self.plan.keep_alive
        except (OSError, EOFError, ValueError) as error:
            raise Lost(Cause.RESET, repr(error)) from None
        finally:
            if kept:
                connection.used = True
                self.idle.append(connection)
            else:
                connection.close()

    async def _take(self) -> _Connection:
        """The one that has been idle longest, so that all are in use; a new one when there is none."""
        while self.idle:
            connection = self.idle.popleft()
            if connection.usable:
                return connection
            connection.close()
        return await self._new()

    async def _new(self) -> _Connection:
        try:
            return await self._open()
        except OSError as error:
            raise Lost(Cause.CONNECT, repr(error)) from None

    async def _open(self) -> _Connection:
        host, port = self.plan.address
        secured = {"ssl": self.tls, "server_hostname": self.name} if self.tls else {}
        connection = _Connection(*await asyncio.open_connection(host, port, **secured))
        self.result.opened += 1
        return connection


def _unchecked() -> ssl.SSLContext:
    made = ssl.create_default_context()
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    return made


async def _send_slowly(writer: asyncio.StreamWriter, request: Request) -> None:
    pieces = -(-request.body // CHUNK)
    for piece in range(pieces):
        writer.write(bytes(min(CHUNK, request.body - piece * CHUNK)))
        await writer.drain()
        await asyncio.sleep(request.seconds / pieces)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """Status, whole body, and whether the connection can be used again. Raises EOFError when it ends before, or _HungUp."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        if getattr(error, "partial", b""):
            raise
        raise _HungUp(Cause.RESET, repr(error)) from None
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
