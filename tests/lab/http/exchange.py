"""One request over a socket of its own, byte for byte, and what came back, taken apart."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass, field

FORWARDING = {
    *("x-real-ip", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"),
    "x-forwarded-port",
}
"""Request headers that say where a request came from: tests/lab/http/test_client.py has them."""
OF_A_CONNECTION = {"connection", "keep-alive", "date"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer; `at` are the seconds from the request's last byte at which pieces of the body came."""

    status: int
    interim: tuple[int, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    trailers: tuple[tuple[str, str], ...] = ()
    at: tuple[float, ...] = field(default=(), compare=False)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)

    @property
    def ours(self) -> str:
        """What a proxy says of an answer that it made itself."""
        return self.header("slipway-error") or ""

    def comparable(self) -> object:
        """All that must be the same at each place."""
        headers = sorted(each for each in self.headers if each[0] not in OF_A_CONNECTION)
        return self.status, self.interim, headers, _without_place(self.body), self.trailers


def _without_place(body: bytes) -> object:
    """A mirrored request but for who sent it."""
    if not body.startswith(b'{"Method"'):
        return body
    found = json.loads(body)
    found["Peer"] = ""
    found["Header"] = [each for each in found["Header"] or () if each[0].lower() not in FORWARDING]
    found["Header"] = [each for each in found["Header"] if each[0] != "Connection"]
    return found


def ask(address: tuple[str, int], *pieces: bytes, pause: float = 0, timeout: float = 30) -> Answer:
    """Sends the pieces, with pauses between them, and reads one answer."""
    with socket.create_connection(address, timeout) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number, piece in enumerate(pieces):
            if number and pause:
                time.sleep(pause)
            try:
                connection.sendall(piece)
            except (BrokenPipeError, ConnectionResetError):
                break  # refused before all was sent: the answer is there
        return _Reader(connection).answer(pieces[0].split(b" ")[0] == b"HEAD")


class _Reader:
    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._rest, self._began = connection, b"", time.monotonic()
        self._at: list[float] = []

    def answer(self, head_only: bool) -> Answer:
        interim: list[int] = []
        while True:
            status, headers = self._head()
            if status >= 200 or status == 101:
                break
            interim.append(status)
        named = dict(headers)
        body, trailers = b"", ()
        self._at.clear()
        if head_only or status in (101, 204, 304):
            pass
        elif named.get("transfer-encoding") == "chunked":
            body, trailers = self._chunks()
        elif "content-length" in named:
            body = self._exactly(int(named["content-length"]))
        else:
            body = self._until_the_end()
        return Answer(
            status=status,
            interim=tuple(interim),
            headers=tuple(headers),
            body=body,
            trailers=trailers,
            at=tuple(self._at),
        )

    def _head(self) -> tuple[int, list[tuple[str, str]]]:
        first, *lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        return int(first.split(" ")[1]), [_field(line) for line in lines if line]

    def _chunks(self) -> tuple[bytes, tuple[tuple[str, str], ...]]:
        body = b""
        while size := int(self._until(b"\r\n"), 16):
            body += self._exactly(size)
            self._until(b"\r\n")
        trailers = []
        while line := self._until(b"\r\n").strip():
            trailers.append(_field(line.decode("latin-1")))
        return body, tuple(trailers)

    def _until(self, end: bytes) -> bytes:
        while end not in self._rest:
            self._more()
        found, _, self._rest = self._rest.partition(end)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._rest) < size:
            self._more()
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def _until_the_end(self) -> bytes:
        try:
            while True:
                self._more()
        except (EOFError, ConnectionResetError):
            return self._rest

    def _more(self) -> None:
        block = self._connection.recv(65536)
        if not block:
            raise EOFError(f"the connection ended after {self._rest[-200:]!r}")
        self._at.append(time.monotonic() - self._began)
        self._rest += block


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()
