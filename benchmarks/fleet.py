"""A pretended fleet: many addresses of the loopback, behind all of which one SSH server answers as a host's activator would.

For what a deploy costs the machine that deploys, and for nothing else: no host does anything here.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh

TAKES = 1.0
"""Seconds that a host takes for a release: a service that is well at once, asked for the length of the lab's gate."""
_APPLIED = re.compile(r"/releases/(\w+)/activator\.pyz.* apply ")
_CONFIRMED = re.compile(r"--release ([\w,]+) ")


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """`hosts` as a stack file names them, logged in to by `key` (a file)."""

    hosts: list[dict[str, Any]]
    key: Path


@contextmanager
def fleet(number: int, folder: Path) -> Iterator[Fleet]:
    """The server is a process of its own, so that what it costs is not counted; ended at the end. `folder` keeps its keys."""
    for name in ("key", "host"):
        file = folder / name
        file.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
        file.chmod(0o600)
    words = [sys.executable, "-m", "benchmarks.fleet", str(folder)]
    with subprocess.Popen(
        words, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            public = asyncssh.read_private_key(folder / "host").export_public_key().decode().strip()
            yield Fleet(hosts=[_host(each, port, public) for each in range(number)], key=folder / "key")
        finally:
            server.terminate()


def _host(number: int, port: int, key: str) -> dict[str, Any]:
    return {
        "name": f"web{number + 1}",
        "address": f"127.77.{number // 250}.{number % 250 + 1}",
        "port": port,
        "architecture": "amd64",
        "hostKey": key,
    }


async def _serve(folder: Path) -> None:
    login = asyncssh.read_private_key(folder / "key")

    class Login(asyncssh.SSHServer):
        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return key.public_data == login.public_data

    server = await asyncssh.create_server(
        Login,
        "0.0.0.0",
        0,
        server_host_keys=[folder / "host"],
        process_factory=_answer,
        sftp_factory=_Nowhere,
        backlog=1024,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.wait_closed()


async def _answer(process: asyncssh.SSHServerProcess[str]) -> None:
    command = process.command or ""
    if applied := _APPLIED.search(command):
        await asyncio.sleep(TAKES)
    found = applied or _CONFIRMED.search(command)
    if found:
        process.stdout.write(json.dumps(_report(found[1])) + "\n")
    process.exit(0)


def _report(release: str) -> dict[str, Any]:
    return {
        "host": "pretended",
        "release": release,
        "version": "0",
        "architecture": "amd64",
        "sha256": "0" * 64,
        "slot": "blue",
        "pid": 1,
    }


class _Nowhere(asyncssh.SFTPServer):
    """Takes every file and keeps none."""

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        return object()

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        return len(data)

    def close(self, file_obj: object) -> None:
        pass

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        pass

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        return asyncssh.SFTPAttrs(size=0)

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        raise asyncssh.SFTPNoSuchFile("there is nothing")

    lstat = stat

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        pass

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        pass

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        pass

    posix_rename = rename


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
