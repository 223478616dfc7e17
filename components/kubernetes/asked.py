"""A namespace of a cluster, as the engine's hooks ask it beside the provider. Not for what is asked: clusters/ knows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import pulumi

from clusters.api import Namespace
from clusters.login import Login, login

SECONDS = 10
"""For one question. The provider has waited for a silent cluster before, and whoever deploys shall know within a minute."""
Answer = TypeVar("Answer")


@dataclass(kw_only=True)
class Asked:
    """`kubeconfig`, a path or a text, and `context` are the provider's. It logs in once, since a program may do that."""

    kubeconfig: pulumi.Input[str]
    context: str
    namespace: str
    _login: Login | None = field(default=None, init=False, repr=False)

    async def ask(self, question: Callable[[Namespace], Answer], seconds: float = SECONDS) -> Answer:
        """Its answer, beside the program. Raises ClusterError."""
        kubeconfig = await pulumi.Output.from_input(self.kubeconfig).future()
        return await asyncio.to_thread(self._answer, kubeconfig or "", question, seconds)

    def _answer(self, kubeconfig: str, question: Callable[[Namespace], Answer], seconds: float) -> Answer:
        self._login = self._login or login(kubeconfig, self.context)
        return question(Namespace(self._login, self.namespace, seconds))
