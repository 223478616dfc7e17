"""The provider waits for a release as the cluster itself has it. Not for how that is told: clusters/ knows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pulumi

from clusters import settled
from clusters.api import Namespace
from clusters.errors import ClusterError
from clusters.login import login
from clusters.rollout import POLL

SECONDS = 10
"""For one question: as long as `owned` waits for a silent cluster."""


@dataclass(frozen=True, kw_only=True)
class SettledArgs:
    """`wanted` is the Deployment as it is applied; `kubeconfig` and `context` are the provider's."""

    kubeconfig: pulumi.Input[str]
    context: str
    wanted: Mapping[str, Any]


class Settled:
    """What the engine calls around a change of region `name`'s Deployment. `hooks` are for its options."""

    def __init__(self, name: str, args: SettledArgs) -> None:
        self._args, self._over = args, threading.Event()
        before = pulumi.ResourceHook(f"{name}-expects", self._expect)
        after = pulumi.ResourceHook(f"{name}-settled", self._forget)
        # What is new to the engine may be in the cluster already, and is adopted then.
        self.hooks = pulumi.ResourceHookBinding(
            before_create=[before], before_update=[before], after_create=[after], after_update=[after]
        )

    async def end(self) -> None:
        """The provider waits no longer; nothing of this stays in the cluster."""
        self._over.set()
        await self._ask(settled.forget)

    async def _expect(self, args: pulumi.ResourceHookArgs) -> None:
        if (space := await self._ask(settled.expect)) is not None:
            # Of a cluster that Python cannot reach, or where it may not do this, the provider knows what it is told.
            threading.Thread(target=self._watch, args=[space], daemon=True).start()

    async def _forget(self, args: pulumi.ResourceHookArgs) -> None:
        await self.end()

    async def _ask(self, ask: Callable[[Namespace, Mapping[str, Any]], None]) -> Namespace | None:
        """Where it was asked; None where the answer was no."""
        kubeconfig = await pulumi.Output.from_input(self._args.kubeconfig).future()
        with suppress(ClusterError):
            space = await asyncio.to_thread(self._namespace, kubeconfig or "")
            await asyncio.to_thread(ask, space, self._args.wanted)
            return space

    def _namespace(self, kubeconfig: str) -> Namespace:
        name = self._args.wanted["metadata"]["namespace"]
        return Namespace(login(kubeconfig, self._args.context), name, SECONDS)

    def _watch(self, space: Namespace) -> None:
        """Until the provider has been told or waits no longer. What goes wrong, `put_back` finds when that was in vain."""
        while not self._over.wait(POLL):
            try:
                if settled.settle(space, self._args.wanted):
                    return
            except ClusterError as error:
                if not error.passing:
                    return
