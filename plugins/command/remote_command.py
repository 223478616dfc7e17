"""Runs a command on a host over SSH. Not for dialling, nor for deciding when."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from plugins.command.connection import Connection
from plugins.command.dial import Dialler, dialled
from plugins.command.printed import Printed, previous_output
from plugins.provider import Log, ProviderError
from plugins.values import Values


async def run(command: str, inputs: Values, previous: Values, log: Log, dial: Dialler = dialled) -> Values:
    """Outputs `stdout` and `stderr`; runs over the connection that `dial` gives. Raises ProviderError.

    `environment` fails the command when the server does not accept a variable (AcceptEnv); the previous output only warns.
    """
    from plugins.command.remote_session import RemoteSession

    connection = Connection.of(inputs["connection"])
    printed = Printed(logging=inputs.get("logging"), log=log)
    optional = previous_output(inputs, previous)
    required: Mapping[str, str] = inputs.get("environment") or {}
    async with dial(connection, log) as opened:
        session = RemoteSession(printed=printed, required=required, optional=optional, log=log)
        await _start(opened, session, command, connection)
        session.write((inputs.get("stdin") or "").encode())
        cause = await session.finished()
    if cause is not None:
        raise ProviderError(printed.failure(f"{connection}: {cause}", command))
    return printed.outputs()


async def _start(opened: Any, session: Any, command: str, connection: Connection) -> None:
    import asyncssh

    try:
        # An empty command would ask for a login shell instead.
        await opened.create_session(lambda: session, command or " ", encoding=None)
    except (asyncssh.Error, OSError) as error:
        raise ProviderError(f"{connection} did not start the command: {error}") from None
    except asyncio.CancelledError:
        opened.abort()
        raise
