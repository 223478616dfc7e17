"""What the engine is told when a Deployment was not done: whether to ask the provider again. The cluster is left out."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest

from clusters.api import Namespace
from clusters.errors import ClusterError
from clusters.rollout import Verdict
from components.kubernetes.put_back import PutBack, PutBackArgs
from tests.components.kubernetes.nobody import nobody, team

TIMED_OUT = "'shop' timed out waiting to be Ready"
ended: list[str] = []


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines = list[str]()
    monkeypatch.setattr(pulumi, "ErrorHook", lambda name, called: called)
    monkeypatch.setattr(pulumi.log, "error", lines.append)
    return lines


def put_back(monkeypatch: pytest.MonkeyPatch, answer: Verdict | Exception) -> PutBack:
    def settled(self: PutBack, space: Namespace) -> Verdict:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def over() -> None:
        ended.append("over")

    ended.clear()
    nobody(monkeypatch)
    monkeypatch.setattr(PutBack, "_settled", settled)
    args = PutBackArgs(asked=team(), wanted={}, longest=1, leaving=1, over=over)
    return PutBack("edge", args)


def again(made: PutBack, error: str = TIMED_OUT, operation: str = "update") -> bool:
    """What the hook answers."""
    assert made.hooks.on_error
    hook: Any = made.hooks.on_error[0]
    args = pulumi.ErrorHookArgs("urn", "id", "edge", "type", failed_operation=operation, errors=[error])

    async def ask() -> Any:
        return await hook(args)

    return asyncio.run(ask())


def test_a_rollout_that_was_only_slow_is_asked_for_once_more(
    monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    made = put_back(monkeypatch, Verdict(well=True))
    assert again(made) and not ended
    assert not again(made) and ended == ["over"] and told == []


def test_what_was_put_back_is_told_and_stays_failed(monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    assert not again(put_back(monkeypatch, Verdict(lines=("release 1 is not well", "its log"))))
    assert told == ["edge: release 1 is not well\nits log"]


@pytest.mark.parametrize(
    ("error", "operation"),
    [('Resource operation was cancelled for "shop"', "update"), (TIMED_OUT, "delete")],
)
def test_a_run_that_somebody_ends_and_a_deletion_undo_nothing(
    error: str, operation: str, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    assert not again(put_back(monkeypatch, AssertionError("nobody asks")), error, operation)
    assert told == []


def test_a_cluster_that_cannot_be_asked_is_named(monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    assert not again(put_back(monkeypatch, ClusterError("https://k does not answer")))
    assert "nothing was put back: https://k does not answer" in told[0]
