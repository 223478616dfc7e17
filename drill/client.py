"""Users of the shared name: each resolves it, keeps the answer for its TTL, and opens a connection for every request."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass

import dns.asyncresolver
import dns.exception
import dns.resolver

SECONDS_FOR_A_NAME, SECONDS_FOR_AN_ANSWER = 5.0, 5.0
"""Before and after the connection; a region that hangs is lost, too."""


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What is asked: `path` of `name` at `port`; `patience` is for how many seconds a client waits for a connection."""

    name: str
    port: int
    path: str
    tls: bool
    patience: float


@dataclass(frozen=True, kw_only=True)
class Try:
    """One request. Times are seconds of the monotonic clock; `address` is empty where the name was not resolved."""

    began: float
    ended: float
    address: str
    user: int
    failure: str
    """Empty: it was answered, and as the DNS hosts' checks want it, with 200 to 299."""


class Client:
    """One user with a resolver and a cache of their own."""

    def __init__(self, number: int, goal: Goal, servers: Sequence[str]) -> None:
        """`servers` are asked for the name, in turn."""
        self._number, self._goal = number, goal
        self._resolver = dns.asyncresolver.Resolver(configure=False)
        self._resolver.nameservers = list(servers)
        self._resolver.lifetime = SECONDS_FOR_A_NAME
        self._resolver.cache = dns.resolver.Cache()

    async def ask(self) -> Try:
        """One request, from the name on."""
        began, address = time.monotonic(), ""
        try:
            address = random.choice(await self._addresses())
            failure = await self._answered(address)
        except (OSError, EOFError, dns.exception.DNSException, asyncio.IncompleteReadError) as error:
            failure = _reason(error)
        return Try(began=began, ended=time.monotonic(), address=address, user=self._number, failure=failure)

    async def _addresses(self) -> list[str]:
        answer = await self._resolver.resolve(self._goal.name, "A")
        return [str(record) for record in answer]

    async def _answered(self, address: str) -> str:
        goal = self._goal
        secure = ssl.create_default_context() if goal.tls else None
        opening = asyncio.open_connection(
            address, goal.port, ssl=secure, server_hostname=goal.name if goal.tls else None
        )
        reader, writer = await asyncio.wait_for(opening, goal.patience)
        try:
            request = f"GET {goal.path} HTTP/1.1\r\nHost: {goal.name}\r\nConnection: close\r\n\r\n"
            writer.write(request.encode())
            line = await asyncio.wait_for(reader.readuntil(b"\r\n"), SECONDS_FOR_AN_ANSWER)
            status = int(line.split()[1])
            return "" if 200 <= status < 300 else f"answered with {status}"
        finally:
            writer.close()


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, dns.exception.DNSException):
        return f"not resolved: {error}"
    return str(error) or type(error).__name__
