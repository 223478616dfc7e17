"""The provider waits for a release as the cluster itself has it. Not for how that is told: clusters/ knows."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pulumi

from clusters import settled
from clusters.api import Namespace
from clusters.errors import ClusterError
from clusters.rollout import POLL
from components.kubernetes.asked import Asked


@dataclass(frozen=True, kw_only=True)
class SettledArgs:
    """`wanted` is the Deployment as it is applied."""

    asked: Asked
    wanted: Mapping[str, Any]


class Settled:
    """What the engine calls around a change of region `name`'s Deployment. `hooks` are for its options."""

    def __init__(self, name: str, args: SettledArgs) -> None:
        self._args, self._over = args, threading.Event()
        before = pulumi.ResourceHook(f"{name}-expects", self._before)
        after = pulumi.ResourceHook(f"{name}-settled", self._after)
        # What is new to the engine may be in the cluster already, and is adopted then.
        self.hooks = pulumi.ResourceHookBinding(
            before_create=[before], before_update=[before], after_create=[after], after_update=[after]
        )

    async def end(self) -> None:
        """The provider waits no longer; nothing of this stays in the cluster."""
        self._over.set()
        with suppress(ClusterError):
            await self._args.asked.ask(lambda space: settled.forget(space, self._args.wanted))

    async def _before(self, args: pulumi.ResourceHookArgs) -> None:
        # Of a cluster that Python cannot reach, or where it may not do this, the provider knows what it is told.
        with suppress(ClusterError):
            await self._args.asked.ask(self._expect)

    async def _after(self, args: pulumi.ResourceHookArgs) -> None:
        await self.end()

    def _expect(self, space: Namespace) -> None:
        settled.expect(space, self._args.wanted)
        threading.Thread(target=self._watch, args=[space], daemon=True).start()

    def _watch(self, space: Namespace) -> None:
        """Until the provider has been told or waits no longer. What goes wrong, `put_back` finds when that was in vain."""
        while not self._over.wait(POLL):
            try:
                if settled.settle(space, self._args.wanted):
                    return
            except ClusterError as error:
                if not error.passing:
                    return
