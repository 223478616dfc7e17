"""What the engine calls around a Deployment's update. The cluster is left out."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pulumi
import pytest

from clusters import settled as told
from clusters.errors import ClusterError
from components.kubernetes import settled
from components.kubernetes.settled import Settled, SettledArgs
from tests.components.kubernetes.nobody import nobody, team

WANTED = {"metadata": {"namespace": "shop"}}


class Cluster:
    """Notes what it is asked; `answers` are those to the watch, the last for ever."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: bool | ClusterError) -> None:
        self.asked, self.answers, self.refusal = list[str](), list(answers), ClusterError("")
        self.enough = threading.Event()
        monkeypatch.setattr(pulumi, "ResourceHook", lambda name, called: called)
        nobody(monkeypatch)
        monkeypatch.setattr(settled, "POLL", 0.001)
        for name in ("expect", "forget", "settle"):
            monkeypatch.setattr(told, name, lambda *given, name=name: self._answer(name))

    def _answer(self, name: str) -> bool:
        self.asked.append(name)
        if name != "settle":
            if self.refusal.args[0]:
                raise self.refusal
            return False
        answer = self.answers.pop(0)
        if not self.answers:
            self.enough.set()
        if isinstance(answer, ClusterError):
            raise answer
        return answer


def changed(cluster: Cluster, *, watched: bool = True, how: str = "update") -> None:
    """The hooks around a change, as the engine calls them."""
    hooks: Any = Settled("edge", SettledArgs(asked=team(), wanted=WANTED)).hooks
    before, after = getattr(hooks, f"before_{how}"), getattr(hooks, f"after_{how}")

    async def run() -> None:
        await before[0](None)
        assert not watched or await asyncio.to_thread(cluster.enough.wait, 10)
        await after[0](None)

    asyncio.run(run())


@pytest.mark.parametrize("how", ["create", "update"])
def test_it_is_asked_until_the_release_is_there(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch, False, ClusterError("away"), False, True)
    changed(cluster, how=how)
    assert cluster.asked == ["expect", *["settle"] * 4, "forget"]


def test_a_cluster_that_says_no_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch, ClusterError("forbidden", 403))
    changed(cluster)
    assert cluster.asked == ["expect", "settle", "forget"]


@pytest.mark.parametrize("status", [0, 403, 404])
def test_where_python_cannot_ask_the_provider_knows_what_it_is_told(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(monkeypatch)
    cluster.refusal = ClusterError("no", status)
    changed(cluster, watched=False)
    assert cluster.asked == ["expect", "forget"]
