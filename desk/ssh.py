"""SSH to a stack's machines, with pinned keys and nothing of the user's own configuration. Each machine is tried once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncssh

from desk.stack import Machine
from model.login import Login

T = TypeVar("T")
SECONDS_TO_CONNECT, SECONDS_TO_LOG_IN = 5, 15
AT_ONCE = 10
"""Sessions through one machine on the way, and hosts at once: an sshd takes ten connections that have not logged in."""


class Unreachable(Exception):
    """Why nothing could be asked of a machine, in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


class Reached:
    """A machine that has let us in."""

    def __init__(self, connection: asyncssh.SSHClientConnection) -> None:
        self._connection = connection

    async def run(self, command: str, line: Callable[[str], None] | None = None) -> Done:
        """Runs it without a terminal. `line` is called with each line of stderr as it comes."""
        async with self._connection.create_process(
            command, stdin=asyncssh.DEVNULL, errors="replace"
        ) as process:
            told: list[str] = []

            async def read_stderr() -> None:
                async for text in process.stderr:
                    told.append(text)
                    if line:
                        line(text.rstrip("\n"))

            _, stdout = await asyncio.gather(read_stderr(), process.stdout.read())
            await process.wait_closed()
            code = process.returncode
        return Done(code=255 if code is None else code, stdout=stdout, stderr="".join(told))

    async def follow(self, command: str, line: Callable[[str], None]) -> None:
        """Runs it, and calls `line` with each line of its stdout as it comes."""
        async with self._connection.create_process(
            command, stdin=asyncssh.DEVNULL, errors="replace"
        ) as process:
            async for text in process.stdout:
                line(text.rstrip("\n"))
            complaint = (await process.stderr.read()).strip()
            await process.wait_closed()
            if process.returncode:
                raise Unreachable(complaint.splitlines()[-1] if complaint else "the command failed there")

    async def fetch(self, port: int, request: bytes) -> bytes:
        """What a server on the machine's loopback answers until it closes."""
        reader, writer = await self._connection.open_connection("127.0.0.1", port, encoding=None)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        return answer


async def each(
    machines: Sequence[Machine],
    do: Callable[[Machine, Reached], Awaitable[T]],
    within: float | None = None,
) -> list[T | Unreachable]:
    """What `do` gives for each machine, all at once, in their order; who cannot be reached disturbs nobody else.

    `within`: seconds for each, from when its turn has come.
    """
    async with AsyncExitStack() as stack:
        # A DNS host's place is called like a region, and has a login of its own.
        ways: dict[tuple[str, Login], Any] = {}
        for machine in machines:
            key = machine.region, machine.login
            if machine.login.jump and key not in ways:
                try:
                    ways[key] = await stack.enter_async_context(_way(machine))
                except Unreachable as reason:
                    ways[key] = reason
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(machine: Machine) -> T | Unreachable:
            way = ways.get((machine.region, machine.login))
            if isinstance(way, Unreachable):
                return way
            box = asyncio.timeout(within)
            try:
                async with gate, box, _reached(machine, way) as found:
                    return await do(machine, found)
            except Unreachable as reason:
                return reason
            except (OSError, asyncssh.Error) as error:
                if box.expired():
                    return Unreachable(f"no answer within {within:g} s")
                return Unreachable(f"the connection was lost ({error or type(error).__name__})")

        return list(await asyncio.gather(*map(one, machines)))


@asynccontextmanager
async def _reached(machine: Machine, way: Any) -> AsyncIterator[Reached]:
    host = machine.host
    async with _dialled(
        machine, host.address, host.port, machine.login.user, host.host_key, way
    ) as connection:
        yield Reached(connection)


@asynccontextmanager
async def _way(machine: Machine) -> AsyncIterator[asyncssh.SSHClientConnection]:
    jump = machine.login.jump
    assert jump
    user = jump.user or machine.login.user
    async with _dialled(machine, jump.address, jump.port, user, jump.host_key, None) as connection:
        yield connection


@asynccontextmanager
async def _dialled(
    machine: Machine, address: str, port: int, user: str, host_key: str, way: Any
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    agent = os.environ.get("SSH_AUTH_SOCK") if machine.key is None else None
    try:
        connection = await asyncssh.connect(
            address,
            port,
            tunnel=way,
            proxy_command=[*machine.way] or None,
            username=user,
            client_keys=[str(machine.key)] if machine.key else None,
            agent_path=agent,
            known_hosts=([asyncssh.import_public_key(host_key)], [], []),
            config=[],
            preferred_auth="publickey",
            gss_host=None,
            connect_timeout=SECONDS_TO_CONNECT,
            login_timeout=SECONDS_TO_LOG_IN,
            keepalive_interval=15,
        )
    except (OSError, asyncssh.Error) as error:
        raise Unreachable(_reason(error, f"{user}@{address}", machine, agent)) from None
    async with connection:
        yield connection


def _reason(error: Exception, login: str, machine: Machine, agent: str | None) -> str:
    key = (
        f"the key {machine.key}"
        if machine.key
        else "a key of the SSH agent"
        if agent
        else "no key and no SSH agent"
    )
    if isinstance(error, TimeoutError):
        return f"{login} gave no answer within {SECONDS_TO_CONNECT} s"
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return f"{login} shows another host key than the one that hostKey pins"
    if isinstance(error, asyncssh.PermissionDenied):
        return f"login refused: {login} does not let in {key}"
    if isinstance(error, asyncssh.ConnectionLost | ConnectionResetError):
        return f"{login} closed the connection before the login; after refused logins an sshd turns one away for a while"
    if isinstance(error, asyncssh.DisconnectError):
        return f"{login}: {error.reason}"
    known = isinstance(error, OSError) and error.errno and error.errno > 0
    return f"{login}: {os.strerror(error.errno).lower() if known else error}"  # type: ignore[union-attr]
