"""A release that is not well on a cluster is put back while the engine still waits. Not for how that is done: clusters/ knows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from clusters.api import SECONDS, Namespace
from clusters.errors import ClusterError
from clusters.rollout import Rollout, Verdict
from components.kubernetes.asked import Asked

CANCELLED = "was cancelled"
"""Of pulumi-kubernetes' provider, when somebody ends the run: nothing is known to be wrong with the release."""


@dataclass(frozen=True, kw_only=True)
class PutBackArgs:
    """`wanted` is the Deployment as it is applied, `longest` and `leaving` as in clusters.rollout.Rollout.

    `over` is called when the provider is not asked again.
    """

    asked: Asked
    wanted: Mapping[str, Any]
    longest: float
    leaving: float
    over: Callable[[], Awaitable[None]]


class PutBack:
    """What the engine calls when the Deployment of region `name` was not done. `hooks` are for its options."""

    def __init__(self, name: str, args: PutBackArgs) -> None:
        self._name, self._args, self._asked_again = name, args, False
        self.hooks = pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"{name}-put-back", self._failed)])

    async def _failed(self, args: pulumi.ErrorHookArgs) -> bool:
        """Whether the engine shall ask the provider once more, which then finds all copies well."""
        again = await self._well(args)
        if not again:
            await self._args.over()
        return again

    async def _well(self, args: pulumi.ErrorHookArgs) -> bool:
        if args.failed_operation == "delete" or any(CANCELLED in each for each in args.errors):
            return False
        if self._asked_again:
            return False
        try:
            verdict = await self._args.asked.ask(self._settled, SECONDS)
        except ClusterError as error:
            pulumi.log.error(
                f"{self._name}: whether the release is well cannot be asked, so nothing was put back: {error}"
            )
            return False
        if verdict.lines:
            pulumi.log.error(f"{self._name}: " + "\n".join(verdict.lines))
        self._asked_again = verdict.well
        return verdict.well

    def _settled(self, space: Namespace) -> Verdict:
        rollout = Rollout(
            namespace=space,
            wanted=self._args.wanted,
            longest=self._args.longest,
            leaving=self._args.leaving,
        )
        return rollout.settled()
