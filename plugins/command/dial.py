"""Opens SSH connections, trying again as pulumi-command does. Not for what happens on them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from plugins.command.connection import Connection
from plugins.provider import Log, ProviderError

if TYPE_CHECKING:
    import asyncssh

FIRST_DELAY = 0.15
DELAY_FACTOR = 1.5
LONGEST_DELAY = 5.0
"""Seconds between attempts; from pulumi/pulumi:sdk/go/common/util/retry/until.go."""

KEEPALIVE_INTERVAL = 30
KEEPALIVE_COUNT = 4

Dialler = Callable[[Connection, Log], "AbstractAsyncContextManager[asyncssh.SSHClientConnection]"]
"""Opens a connection for the time of a block, as `dialled` does."""


@asynccontextmanager
async def dialled(connection: Connection, log: Log) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """An SSH connection, through its proxy if it has one, closed at the end. Raises ProviderError.

    Every error of an attempt counts alike and is tried again: refused, no answer, wrong login, wrong host key.
    """
    async with AsyncExitStack() as stack:
        tunnel = None
        if connection.proxy:
            tunnel = await _dial(connection.proxy, None, stack, log)
        yield await _dial(connection, tunnel, stack, log)


async def _dial(
    connection: Connection, tunnel: Any, stack: AsyncExitStack, log: Log
) -> asyncssh.SSHClientConnection:
    import asyncssh

    options = await _options(connection, stack)
    if connection.host_key is None:
        log(f"warning: any host key of {connection} is accepted; set hostKey to pin it", "stderr")
    limit = connection.dial_error_limit
    delay = FIRST_DELAY
    attempt = 0
    while True:
        attempt += 1
        try:
            opened = await asyncssh.connect(connection.host, connection.port, tunnel=tunnel, **options)
        except (OSError, asyncssh.Error) as error:
            cause = _cause(error, connection)
        else:
            stack.push_async_callback(_close, opened)
            return opened
        if -1 < limit < attempt:
            through = f" through {connection.proxy}" if connection.proxy else ""
            raise ProviderError(
                f"cannot reach {connection}{through} by SSH: {cause}; gave up after {attempt} attempts"
            )
        of = "" if limit == -1 else f" of {limit + 1}"
        log(f"attempt {attempt}{of} to reach {connection} failed: {cause}; trying again", "stderr")
        await asyncio.sleep(delay)
        delay = min(delay * DELAY_FACTOR, LONGEST_DELAY)


async def _close(connection: asyncssh.SSHClientConnection) -> None:
    connection.close()
    try:
        await asyncio.wait_for(connection.wait_closed(), 5)
    except (TimeoutError, asyncio.CancelledError):
        connection.abort()
        raise


async def _options(connection: Connection, stack: AsyncExitStack) -> dict[str, Any]:
    """Nothing of the user's own SSH configuration is used. What cannot be read is refused at once, not tried again."""
    import asyncssh

    options: dict[str, Any] = {
        "username": connection.user,
        "password": connection.password,
        "client_keys": await _client_keys(connection, stack) or None,
        "agent_path": None,
        "config": [],
        "gss_host": None,
        "known_hosts": None,
        "connect_timeout": connection.dial_timeout or None,
        "keepalive_interval": KEEPALIVE_INTERVAL,
        "keepalive_count_max": KEEPALIVE_COUNT,
    }
    if connection.host_key is not None:
        try:
            key = asyncssh.import_public_key(connection.host_key)
        except (asyncssh.KeyImportError, ValueError) as error:
            raise ProviderError(
                f"hostKey of {connection} is not a key in authorized_keys form: {error}"
            ) from None
        options["known_hosts"] = ([key], [], [])
        # As the original does: of an RSA key only the old SHA-1 signature, which a modern sshd refuses.
        options["server_host_key_algs"] = [key.get_algorithm()]
    return options


async def _client_keys(connection: Connection, stack: AsyncExitStack) -> list[Any]:
    """The private key, else those of the agent. An agent that is named but does not answer is an error in any case."""
    import asyncssh

    keys: list[Any] = []
    if connection.private_key is not None:
        try:
            keys = [asyncssh.import_private_key(connection.private_key, connection.private_key_password)]
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError) as error:
            raise ProviderError(f"privateKey for {connection} cannot be read: {error}") from None
    socket = connection.agent_socket or os.environ.get("SSH_AUTH_SOCK")
    if socket:
        try:
            agent = await stack.enter_async_context(asyncssh.connect_agent(socket))
            return keys or list(await agent.get_keys())
        except (OSError, ValueError) as error:
            raise ProviderError(
                f"the SSH agent at {socket} (agentSocketPath or SSH_AUTH_SOCK) for {connection} does not answer: {error}"
            ) from None
    return keys


def _cause(error: Exception, connection: Connection) -> str:
    import asyncssh

    if isinstance(error, TimeoutError):
        return f"no answer within {connection.dial_timeout} s"
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return "its host key is not the one that hostKey pins"
    if isinstance(error, asyncssh.KeyExchangeFailed) and connection.host_key is not None:
        return f"it has no host key of the kind that hostKey pins ({error.reason})"
    if isinstance(error, asyncssh.PermissionDenied):
        return f"login refused ({error.reason})"
    if isinstance(error, asyncssh.DisconnectError):
        return error.reason
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno).lower()
    return str(error) or type(error).__name__
