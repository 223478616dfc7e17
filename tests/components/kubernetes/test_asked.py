"""How hooks reach a cluster. The cluster is left out."""

import asyncio
from typing import Any

import pytest

from components.kubernetes import asked
from tests.components.kubernetes.nobody import nobody, team


def test_it_logs_in_when_it_is_asked_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    logins, space = nobody(monkeypatch), team()
    assert logins == []

    async def ask(*seconds: float) -> Any:
        return await space.ask(lambda found: found, *seconds)

    assert asyncio.run(ask())[1:] == ("team", asked.SECONDS)
    assert asyncio.run(ask(30))[1:] == ("team", 30)
    assert logins == [("config", "edge")]
