"""A copy's connection, left to the command that follows on the same host. Not for any other operation, and not for long."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugins.command.connection import Connection
from plugins.command.dial import dialled
from plugins.provider import Log

if TYPE_CHECKING:
    import asyncssh

LONGEST = 300.0
"""Seconds for which a connection waits for its command, such as that of a host in a later batch."""

ANSWER_WITHIN = 5.0
"""Seconds in which a host whose connection waited must show that it is there, or it is dialled anew."""


@dataclass
class _Left:
    opened: asyncssh.SSHClientConnection
    closing: AsyncExitStack
    expiry: asyncio.TimerHandle


class Handover:
    """Each connection is handed on once, to whoever would dial with the very same properties: a command's own is never left.

    So a command that has to come over a new connection, as a proof that the host can still be reached, does so when another
    command was there after the copy.
    """

    def __init__(self) -> None:
        self._left: dict[Connection, list[_Left]] = defaultdict(list)
        self._closings: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def leaving(self, connection: Connection, log: Log) -> AsyncIterator[asyncssh.SSHClientConnection]:
        """A new connection, left open for a command unless the body fails. Raises ProviderError."""
        async with AsyncExitStack() as stack:
            opened = await stack.enter_async_context(dialled(connection, log))
            yield opened
            self._leave(connection, opened, stack.pop_all())

    @asynccontextmanager
    async def taking(self, connection: Connection, log: Log) -> AsyncIterator[asyncssh.SSHClientConnection]:
        """The connection that a copy left, if its host still answers on it, else a new one. Raises ProviderError."""
        async with AsyncExitStack() as stack:
            left = await self._taken(connection)
            if left:
                stack.push_async_callback(left.closing.aclose)
                yield left.opened
            else:
                yield await stack.enter_async_context(dialled(connection, log))

    def _leave(
        self, connection: Connection, opened: asyncssh.SSHClientConnection, closing: AsyncExitStack
    ) -> None:
        loop = asyncio.get_running_loop()
        left = _Left(opened, closing, loop.call_later(LONGEST, lambda: self._expire(connection, left)))
        self._left[connection].append(left)

    def _expire(self, connection: Connection, left: _Left) -> None:
        self._left[connection].remove(left)
        closing = asyncio.get_running_loop().create_task(left.closing.aclose())
        self._closings.add(closing)
        closing.add_done_callback(self._closings.discard)

    async def _taken(self, connection: Connection) -> _Left | None:
        while self._left[connection]:
            left = self._left[connection].pop()
            left.expiry.cancel()
            if await _answers(left.opened):
                return left
            left.opened.abort()
            await left.closing.aclose()
        return None


async def _answers(opened: asyncssh.SSHClientConnection) -> bool:
    """Asks as OpenSSH does to keep a connection; any answer will do, and it starts nothing on the host."""
    import asyncssh

    try:
        await asyncio.wait_for(opened._make_global_request(b"keepalive@openssh.com"), ANSWER_WITHIN)
    except (TimeoutError, OSError, asyncssh.Error):
        return False
    return not opened.is_closed()
