"""One command's session on an SSH connection. Imported only when a command really runs on a host."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import asyncssh
from asyncssh.constants import EXTENDED_DATA_STDERR
from asyncssh.packet import String

from plugins.command.printed import Printed
from plugins.provider import Log, ProviderError

NOT_ACCEPTED = (
    "could not set environment variable {name!r}: the SSH server accepts it only when its configuration says so (AcceptEnv); "
    "put {name}=value before the command, or hand it over by stdin"
)


class RemoteSession(asyncssh.SSHClientSession[bytes]):
    """Sets the environment, collects what is printed, and knows how the command ended."""

    def __init__(
        self, *, printed: Printed, required: Mapping[str, str], optional: Mapping[str, str], log: Log
    ) -> None:
        """A variable of `required` that the server does not accept stops the command before it starts; of `optional` it warns."""
        self._printed = printed
        self._required = required
        self._optional = optional
        self._log = log
        self._channel: Any = None
        self._cause: str | None = "the connection ended before the command did"
        self._ended = asyncio.get_running_loop().create_future()

    def connection_made(self, chan: Any) -> None:
        """Slips the environment in before the command: asyncssh itself never asks whether a variable was accepted."""
        self._channel = chan
        request = chan._make_request

        async def with_environment(kind: bytes, *arguments: bytes) -> bool | None:
            if kind == b"exec":
                await self._set_environment(request)
            return await request(kind, *arguments)

        chan._make_request = with_environment

    async def _set_environment(self, request: Any) -> None:
        for name, value in {**self._optional, **self._required}.items():
            if await request(b"env", String(name), String(value)):
                continue
            message = NOT_ACCEPTED.format(name=name)
            if name in self._required:
                self._channel.close()
                raise ProviderError(message)
            self._log(f"warning: {message}", "stderr")

    def write(self, stdin: bytes) -> None:
        """All of the command's standard input."""
        if not self._channel.is_closing():
            if stdin:
                self._channel.write(stdin)
            self._channel.write_eof()

    async def finished(self) -> str | None:
        """Waits for the end: None when the command succeeded, else why not."""
        await self._ended
        for stream in ("stdout", "stderr"):
            self._printed.add(stream, b"", final=True)
        return self._cause

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """What the command printed."""
        self._printed.add("stderr" if datatype == EXTENDED_DATA_STDERR else "stdout", data)

    def exit_status_received(self, status: int) -> None:
        """The command ended by itself."""
        self._cause = None if status == 0 else f"Process exited with status {status}"

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        """The command was ended by a signal."""
        reason = f". Reason was: {msg}" if msg else ""
        self._cause = f"Process exited with status 128 from signal {signal}{reason}"

    def connection_lost(self, exc: Exception | None) -> None:
        """The session is over."""
        if exc is not None and self._cause is not None:
            self._cause = f"the connection was lost ({exc})"
        if not self._ended.done():
            self._ended.set_result(None)
