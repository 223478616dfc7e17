"""Many clients at a steady rate, whatever becomes of what they asked before."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from drill.client import Client, Goal, Try

CLIENTS = 20
"""Each with a cache of its own, so that answers grow old at different moments."""
RATE = 40
"""Requests per second of all of them."""


class Crowd:
    """Use as a context: requests are made from its beginning to its end; `tries` are those that have ended, by their end.

    After it all of them have.
    """

    def __init__(self, goal: Goal, servers: Sequence[str]) -> None:
        self.tries: list[Try] = []
        self._clients = [Client(number, goal, servers) for number in range(CLIENTS)]
        self._running: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Crowd:
        self._clock = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._clock.cancel()
        await asyncio.gather(self._clock, return_exceptions=True)
        await asyncio.gather(*self._running, return_exceptions=True)

    def failed(self, since: float) -> list[Try]:
        """Those that failed and ended after `since`."""
        return [each for each in self.tries if each.failure and each.ended > since]

    async def _tick(self) -> None:
        start, number = time.monotonic(), 0
        while True:
            client = self._clients[number % len(self._clients)]
            task = asyncio.create_task(self._one(client))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            number += 1
            await asyncio.sleep(max(0.0, start + number / RATE - time.monotonic()))

    async def _one(self, client: Client) -> None:
        self.tries.append(await client.ask())
