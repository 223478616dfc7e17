"""Copies a file, a text or a directory to a host by SFTP. Not for modes, owners, or taking files away again."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugins.command.connection import Connection
from plugins.command.dial import Dialler, dialled
from plugins.provider import Failure, Log, ProviderError
from plugins.values import UNKNOWN, Asset, Values

if TYPE_CHECKING:
    import asyncssh

PROGRESS_FROM = 4 * 1024 * 1024
"""Bytes from which on a file's progress is shown, at each quarter."""


def source_failures(inputs: Values) -> list[Failure]:
    """Why the `source` of checked inputs cannot be copied. One that preview does not know is refused, as by the original."""
    source = inputs["source"]
    if source is UNKNOWN:
        reason = "either asset or archive must be set (pulumi-command 1.2.1 needs to know it in preview)"
    elif source.kind in ("uri", "assets"):
        reason = "must be a FileAsset, a StringAsset or a FileArchive, not an address or an AssetArchive"
    elif source.kind == "path" and not Path(source.source).exists():
        reason = f"there is no file or directory {source.source}"
    else:
        return []
    return [Failure(property="source", reason=reason)]


def needs_copy(old: Values, new: Values) -> bool:
    """Whether an update copies: only when content or `remotePath` changed. A new host alone gets nothing."""
    return old.get("source") != new["source"] or old.get("remotePath") != new["remotePath"]


async def copy(inputs: Values, log: Log, dial: Dialler = dialled) -> None:
    """Writes in place, with the server's usual mode, over the connection that `dial` gives. Raises ProviderError."""
    import asyncssh

    connection = Connection.of(inputs["connection"])
    source: Asset = inputs["source"]
    async with dial(connection, log) as opened:
        try:
            async with opened.start_sftp_client() as sftp:
                await _Copy(sftp, log).run(source, inputs["remotePath"])
        except (asyncssh.Error, OSError) as error:
            reason = error.reason if isinstance(error, asyncssh.Error) else str(error)
            raise ProviderError(f"copying to {inputs['remotePath']} on {connection}: {reason}") from None


def _is_directory(path: Path) -> bool:
    return path.is_dir()


class _Copy:
    def __init__(self, sftp: asyncssh.SFTPClient, log: Log) -> None:
        self._sftp = sftp
        self._log = log

    async def run(self, source: Asset, remote: str) -> None:
        if source.kind == "text":
            await self._text(str(source.source), remote)
        elif _is_directory(Path(str(source.source))):
            await self._directory(str(source.source), remote)
        else:
            await self._single_file(str(source.source), remote)

    async def _text(self, text: str, remote: str) -> None:
        if await self._sftp.isdir(remote):
            raise ProviderError(f"remote path {remote} is a directory; a text needs the path of a file")
        await self._make_parents(remote)
        async with self._sftp.open(remote, "wb") as file:
            await file.write(text.encode())

    async def _single_file(self, local: str, remote: str) -> None:
        if await self._sftp.isdir(remote):
            remote = posixpath.join(remote, Path(local).name)
        elif not await self._sftp.exists(remote):
            await self._make_parents(remote)
        await self._file(Path(local), remote)

    async def _directory(self, local: str, remote: str) -> None:
        """Into `remote`/name, or with a slash at the end of `local` into `remote` itself; one file after the other."""
        await self._sftp.makedirs(remote, exist_ok=True)
        if not local.endswith("/"):
            remote = posixpath.join(remote, Path(local).name)
        for folder, folders, files in os.walk(local):
            folders.sort()
            target = posixpath.normpath(posixpath.join(remote, Path(folder).relative_to(local).as_posix()))
            if not await self._sftp.exists(target):
                await self._sftp.mkdir(target)
            elif not await self._sftp.isdir(target):
                raise ProviderError(f"remote path {target} exists but is not a directory")
            links = [name for name in folders if (Path(folder) / name).is_symlink()]
            for name in sorted((*files, *links)):
                await self._file(Path(folder) / name, posixpath.join(target, name))

    async def _make_parents(self, remote: str) -> None:
        parent = posixpath.dirname(remote)
        if parent:
            await self._sftp.makedirs(parent, exist_ok=True)

    async def _file(self, local: Path, remote: str) -> None:
        shown = 0

        def progress(_source: bytes, _target: bytes, done: int, total: int) -> None:
            nonlocal shown
            quarter = 4 * done // total if total else 4
            if total >= PROGRESS_FROM and quarter > shown:
                shown = quarter
                self._log(f"{remote}: {done:,} of {total:,} bytes", "stdout")

        if _is_directory(local):
            raise ProviderError(
                f"{local} is a link to a directory, which cannot be copied; copy what it points to"
            )
        options: dict[str, Any] = {"progress_handler": progress, "follow_symlinks": True}
        await self._sftp.put(str(local), remote, **options)
