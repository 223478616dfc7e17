"""A copy's connection goes to the command after it, once, and only while its host answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from plugins.command import CommandProvider, handover
from plugins.command.handover import Handover
from plugins.provider import ProviderError
from plugins.values import Asset
from tests.plugins.command.ssh_server import SSHServer, ssh_server

COPY, COMMAND = "command:remote:CopyToRemote", "command:remote:Command"
Use = Callable[[CommandProvider, SSHServer], Awaitable[Any]]


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


def serve(home: Path, use: Use) -> Any:
    async def scenario() -> Any:
        async with ssh_server(home) as server:
            done = await asyncio.wait_for(use(CommandProvider(Handover()), server), 120)
            for connection in [*server.connections]:
                connection.abort()
            return done

    return asyncio.run(scenario())


async def copy(provider: CommandProvider, server: SSHServer, **changes: Any) -> None:
    inputs = {
        "connection": server.connection(**changes),
        "source": Asset("text", "hello"),
        "remotePath": "it",
    }
    await provider.create(COPY, inputs, lambda line, stream: None)


async def command(provider: CommandProvider, server: SSHServer, text: str = "cat it", **changes: Any) -> str:
    inputs = {"connection": server.connection(**changes), "create": text}
    return (await provider.create(COMMAND, inputs, lambda line, stream: None))["stdout"]


def test_the_command_after_a_copy_takes_its_connection_and_the_next_one_comes_over_a_new_one(
    tmp_path: Path,
) -> None:
    async def use(provider: CommandProvider, server: SSHServer) -> list[int]:
        logins = []
        for step in (copy, command, command):
            await step(provider, server)
            logins.append(len(server.logins))
        await asyncio.wait_for(server.nobody_connected.wait(), 60)
        return logins

    one = serve(tmp_path, use)
    assert one[1] == one[0] and one[2] > one[1], (
        "what confirms a release must prove that the host can be reached"
    )


def test_a_connection_is_for_its_own_host_and_login_alone(tmp_path: Path) -> None:
    async def use(provider: CommandProvider, server: SSHServer) -> bool:
        await copy(provider, server)
        before = len(server.logins)
        await command(provider, server, dialErrorLimit=1)
        return len(server.logins) > before

    assert serve(tmp_path, use)


def test_two_copies_leave_two_connections(tmp_path: Path) -> None:
    async def use(provider: CommandProvider, server: SSHServer) -> tuple[int, int]:
        await copy(provider, server)
        await copy(provider, server)
        before = len(server.logins)
        said = await asyncio.gather(command(provider, server), command(provider, server))
        assert said == ["hello", "hello"]
        return before, len(server.logins)

    before, after = serve(tmp_path, use)
    assert before == after


def test_a_host_that_does_not_answer_on_the_connection_any_more_is_dialled_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One connection that the host has ended, and one on which it is silent."""
    monkeypatch.setattr(handover, "ANSWER_WITHIN", 0.2)

    async def use(provider: CommandProvider, server: SSHServer) -> None:
        await copy(provider, server)
        for connection in [*server.connections]:
            connection.abort()
        assert await command(provider, server) == "hello"
        await copy(provider, server)
        for connection in server.connections:
            connection._transport.pause_reading()
        assert await command(provider, server) == "hello"

    serve(tmp_path, use)


def test_a_copy_that_fails_leaves_nothing(tmp_path: Path) -> None:
    async def use(provider: CommandProvider, server: SSHServer) -> None:
        (tmp_path / "it").mkdir()
        with pytest.raises(ProviderError, match="is a directory"):
            await copy(provider, server)
        await asyncio.wait_for(server.nobody_connected.wait(), 60)

    serve(tmp_path, use)


def test_a_connection_that_no_command_takes_is_closed_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "LONGEST", 0.2)

    async def use(provider: CommandProvider, server: SSHServer) -> int:
        await copy(provider, server)
        await asyncio.wait_for(server.nobody_connected.wait(), 60)
        before = len(server.logins)
        await command(provider, server)
        return len(server.logins) - before

    assert serve(tmp_path, use) > 0
