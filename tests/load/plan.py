"""What is sent, when, and what every answer must hold. Nothing here sends."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

MOST = {"rate": 5000, "seconds": 3600, "connections": 1024, "timeout": 600, "upload_seconds": 600}
POSTED = 1000
"""Bytes in the body of a POST that is no upload."""
SLOW = "/slow?ms=2000"
ECHO = "/echo"


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request; `body` in bytes, sent over `seconds`; `expect` must stand in the answer; `plain`: its latency counts."""

    method: str
    path: str
    expect: str
    body: int = 0
    seconds: float = 0
    plain: bool = True


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Raises ValueError for an address that is neither loopback nor private, or a number out of bounds.

    name: what is asked for, in Host and the TLS handshake, in place of the address; certificates are not looked at; rate:
    requests per second; seconds: after which it ends at the latest; connections: kept open and used in turns, more are
    opened when all are busy; keep_alive False: a new connection for each request; again: a GET whose kept connection ended
    before a byte of its answer is sent once more over a new one, as browsers and Go's client do (RFC 9112, 9.3.1); expect:
    what the answers to GET must hold; posts, slow: shares of requests (0 to 1) that POST to /echo, or take two seconds;
    upload: bytes of a POST to /echo that takes `upload_seconds` and of which one is always in flight; timeout: seconds from
    due to answered, for an upload from the end of its body.
    """

    url: str
    name: str = ""
    rate: float = 100
    seconds: float = 10
    connections: int = 16
    keep_alive: bool = True
    again: bool = False
    expect: str = ""
    posts: float = 0
    slow: float = 0
    upload: int = 0
    upload_seconds: float = 2
    timeout: float = 30

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        try:
            address = ipaddress.ip_address(parts.hostname or "")
        except ValueError:
            raise ValueError(
                f"{self.url} names no IP address; write one, such as http://127.0.0.1:8080/"
            ) from None
        if parts.scheme not in ("http", "https") or not (address.is_loopback or address.is_private):
            raise ValueError(
                f"{self.url} is not http or https on a loopback or private address, and nothing else is loaded"
            )
        for name, most in MOST.items():
            if not 0 < getattr(self, name) <= most:
                raise ValueError(
                    f"{name} is {getattr(self, name)}; allowed is more than 0 and at most {most}"
                )
        for name in ("posts", "slow"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it is a share from 0 to 1")
        if not 0 <= self.upload <= 1 << 30:
            raise ValueError(f"upload is {self.upload}; allowed is at most 1 GiB ({1 << 30})")

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (443 if self.tls else 80)

    @property
    def tls(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    def request(self, number: int) -> Request:
        """The request that leaves as the `number`th; slow ones and POSTs are spread evenly."""
        if _falls_on(self.slow, number):
            return Request(method="GET", path=SLOW, expect='"ms":2000', plain=False)
        if _falls_on(self.posts, number):
            return Request(method="POST", path=ECHO, expect=f'"bytes":{POSTED}', body=POSTED)
        parts = urlsplit(self.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Request(method="GET", path=path, expect=self.expect)

    def an_upload(self) -> Request:
        expect = f'"bytes":{self.upload}'
        return Request(
            method="POST",
            path=ECHO,
            expect=expect,
            body=self.upload,
            seconds=self.upload_seconds,
            plain=False,
        )


def _falls_on(share: float, number: int) -> bool:
    return int((number + 1) * share) > int(number * share)
