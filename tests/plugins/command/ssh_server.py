"""A real SSH server in this process, for tests: runs commands with /bin/sh, serves files out of a directory."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asyncssh.channel import SSHServerChannel

ACCEPTED_VARIABLES = {"ACCEPTED"}
PASSWORD = "let me in"  # of a server that lives for one test


@dataclass
class SSHServer:
    """Where it listens, how to log in, and what it saw."""

    port: int
    home: Path
    client_key: str
    host_key: str
    logins: list[str] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)
    nobody_connected: asyncio.Event = field(default_factory=asyncio.Event)

    def connection(self, **changes: Any) -> dict[str, Any]:
        """A `connection` property that works, changed as asked; None takes a property out."""
        values = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": "deploy",
            "privateKey": self.client_key,
            "hostKey": self.host_key,
            "dialErrorLimit": 0,
        }
        return {name: value for name, value in {**values, **changes}.items() if value is not None}


def accept_only_listed_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncssh's server takes any variable; this one is like sshd with AcceptEnv."""
    original = SSHServerChannel._process_env_request

    def process(self: SSHServerChannel, packet: Any) -> bool:
        before = dict(self._env)
        original(self, packet)
        new = {name: value for name, value in self._env.items() if before.get(name) != value}
        refused = [name for name in new if name.decode() not in ACCEPTED_VARIABLES]
        for name in refused:
            del self._env[name]
        return not refused

    monkeypatch.setattr(SSHServerChannel, "_process_env_request", process)


@asynccontextmanager
async def ssh_server(home: Path):
    """The server, until the end of the block. `home` must exist. The only user is `deploy`, by key or PASSWORD."""
    client = asyncssh.generate_private_key("ssh-ed25519")
    host = asyncssh.generate_private_key("ssh-ed25519")
    state = SSHServer(
        port=0,
        home=home,
        client_key=client.export_private_key().decode(),
        host_key=host.export_public_key().decode().strip(),
    )

    class Login(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            self._connection = conn
            state.connections.add(conn)
            state.nobody_connected.clear()

        def connection_lost(self, exc: Exception | None) -> None:
            state.connections.discard(self._connection)
            if not state.connections:
                state.nobody_connected.set()

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            state.logins.append("publickey")
            return username == "deploy" and key.public_data == client.public_data

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            state.logins.append("password")
            return username == "deploy" and password == PASSWORD

        def connection_requested(
            self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
        ) -> bool:
            return True

    async def pump(source: Any, target: Any) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionError, asyncssh.Error):
            while chunk := await source.read(65536):
                target.write(chunk)
                await target.drain()

    async def feed_stdin(source: Any, target: Any) -> None:
        await pump(source, target)
        target.close()

    async def handle(process: asyncssh.SSHServerProcess[bytes]) -> None:
        child = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            process.command or "",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=home,
            env={"PATH": "/usr/bin:/bin", **dict(process.env)},
        )
        feed = asyncio.create_task(feed_stdin(process.stdin, child.stdin))
        await asyncio.gather(pump(child.stdout, process.stdout), pump(child.stderr, process.stderr))
        feed.cancel()
        process.exit(await child.wait())

    class Files(asyncssh.SFTPServer):
        def __init__(self, chan: Any) -> None:
            super().__init__(chan, chroot=str(home).encode())

    server = await asyncssh.create_server(
        Login,
        "127.0.0.1",
        0,
        server_host_keys=[host],
        process_factory=handle,
        sftp_factory=Files,
        encoding=None,
    )
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        await server.wait_closed()
