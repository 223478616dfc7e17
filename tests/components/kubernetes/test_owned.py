"""What the engine is told before it changes something in a cluster. The cluster is left out."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest

from clusters import owner
from clusters.errors import ClusterError
from components.kubernetes.owned import Owned, OwnedArgs
from tests.components.kubernetes.nobody import nobody, team


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each question was that of who adopts; the answers are in `owner.refusal`."""
    found = list[bool]()

    def refusal(*args: Any, adopts: bool) -> str:
        found.append(adopts)
        return ""

    monkeypatch.setattr(pulumi, "ResourceHook", lambda name, called: called)
    nobody(monkeypatch)
    monkeypatch.setattr(owner, "refusal", refusal)
    return found


def made() -> Owned:
    return Owned("edge", OwnedArgs(asked=team(), deployment="shop", owner="o"))


def call(hooks: list[Any] | None) -> None:
    async def ask() -> None:
        for hook in hooks or ():
            await hook(None)

    asyncio.run(ask())


def test_a_namespace_is_adopted_and_all_else_is_looked_at_once(asked: list[bool]) -> None:
    found = made()
    call(found.made.before_create)
    call(found.changed.before_create)
    call(found.changed.before_update)
    assert asked == [True]
    call(made().made.before_update)
    assert asked == [True, False]


def test_a_cluster_that_the_provider_alone_may_reach_is_left_to_it(
    asked: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()

    def refusal(*args: Any, adopts: bool) -> str:
        asked.append(adopts)
        raise ClusterError("https://k does not answer")

    monkeypatch.setattr(owner, "refusal", refusal)
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    found = made()
    call(found.changed.before_create)
    call(found.changed.before_create)
    assert asked == [False], "it is asked once, and waited for once"
    assert len(said) == 1 and "whose the namespace team is cannot be asked" in said[0]


def test_one_that_is_overloaded_for_a_moment_is_asked_again(
    asked: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(*args: Any, adopts: bool) -> str:
        asked.append(adopts)
        if len(asked) == 1:
            raise ClusterError("too many ask", 429)
        return ""

    monkeypatch.setattr(owner, "refusal", refusal)
    call(made().changed.before_create)
    assert asked == [False, False]


@pytest.mark.parametrize("answer", ["it is another's", ClusterError("you may not look", 403)])
def test_what_is_not_ones_own_or_cannot_be_known_is_not_changed(
    answer: str | ClusterError, asked: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(*args: Any, adopts: bool) -> str:
        if isinstance(answer, ClusterError):
            raise answer
        return answer

    monkeypatch.setattr(owner, "refusal", refusal)
    with pytest.raises(pulumi.RunError, match=str(answer)):
        call(made().changed.before_create)
