"""Nothing of another stack is changed in a cluster, which is asked before the first change. Not for how: clusters/ knows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

import pulumi

from clusters import owner
from clusters.api import Namespace
from clusters.errors import ClusterError
from clusters.rollout import patiently
from components.kubernetes.asked import SECONDS, Asked


@dataclass(frozen=True, kw_only=True)
class OwnedArgs:
    """`owner` changes what is in the namespace, `deployment` among it."""

    asked: Asked
    deployment: str
    owner: str


class Owned:
    """What the engine calls in `up`, never in a preview, before it makes or changes an object of region `name`.

    `made` is for the options of a namespace that becomes the program's own, `changed` for those of all else.
    """

    def __init__(self, name: str, args: OwnedArgs) -> None:
        self._name, self._args, self._certain = name, args, False
        look = pulumi.ResourceHook(f"{name}-owner", self._look)
        adopt = pulumi.ResourceHook(f"{name}-adopts", self._adopt)
        self.changed = pulumi.ResourceHookBinding(before_create=[look], before_update=[look])
        self.made = pulumi.ResourceHookBinding(before_create=[adopt], before_update=[look])

    async def _adopt(self, args: pulumi.ResourceHookArgs) -> None:
        await self._ask(adopts=True)

    async def _look(self, args: pulumi.ResourceHookArgs) -> None:
        if not self._certain:
            await self._ask(adopts=False)

    async def _ask(self, *, adopts: bool) -> None:
        try:
            wrong = await self._args.asked.ask(partial(self._refusal, adopts=adopts))
        except ClusterError as error:
            # The provider may reach a cluster that Python does not (docs/limits.md), and says so itself where it does not, too.
            told = f"slipway:regions.{self._name}: whose the namespace {self._args.asked.namespace} is cannot be asked: {error}"
            if error.status:
                raise pulumi.RunError(told) from None
            pulumi.log.warn(told)
            wrong = ""
        if wrong:
            raise pulumi.RunError(f"slipway:regions.{self._name}: {wrong}")
        self._certain = True

    def _refusal(self, space: Namespace, *, adopts: bool) -> str:
        ask = partial(owner.refusal, space, self._args.deployment, self._args.owner, adopts=adopts)
        return patiently(ask, time.monotonic() + SECONDS, even_silent=False)
