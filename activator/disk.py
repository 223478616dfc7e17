"""The host's files: looking at them, and changing them so that a power cut leaves the old or the new one."""

# Paths are texts here, because `root` is put before every one of them.
# ruff: noqa: PTH101, PTH103, PTH104, PTH105, PTH108, PTH110, PTH112, PTH114, PTH115, PTH123, PTH208, PTH211

from __future__ import annotations

import contextlib
import grp
import hashlib
import io
import os
import pwd
import shutil
import sys
import time
from dataclasses import dataclass
from posixpath import basename, dirname
from typing import IO, Any, Callable

ABSENT = (FileNotFoundError, NotADirectoryError)


@dataclass(frozen=True)
class Entry:
    """A path as it is on disk; `link` is a symlink's target, else None."""

    mode: int
    owner: str
    group: str
    link: str | None


class Disk:
    """Absolute paths, all of them below `root`. Each change is on disk when it returns, but for `store`."""

    def __init__(self, root: str = "") -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        try:
            with open(self.root + path, "rb") as stream:
                return stream.read()
        except ABSENT:
            return None

    def stream(self, path: str) -> IO[bytes]:
        return open(self.root + path, "rb")

    def digest(self, path: str) -> str | None:
        """Hex sha256 of a file, or None when there is none."""
        try:
            with self.stream(path) as stream:
                return sha256(stream)
        except (*ABSENT, IsADirectoryError):
            return None

    def entry(self, path: str) -> Entry | None:
        real = self.root + path
        try:
            status = os.lstat(real)
        except ABSENT:
            return None
        link = os.readlink(real) if os.path.islink(real) else None
        return Entry(status.st_mode & 0o7777, *self.ownership(path, status), link)

    def ownership(self, path: str, status: os.stat_result) -> tuple[str, str]:
        def name(look: Callable[[int], Any], number: int) -> str:
            try:
                return look(number)[0]
            except KeyError:
                return str(number)

        return name(pwd.getpwuid, status.st_uid), name(grp.getgrgid, status.st_gid)

    def program(self) -> bytes:
        """The activator that runs, as one file; empty when it runs from its sources."""
        with open(sys.argv[0], "rb") as stream:
            found = stream.read()
        return found if found.startswith(b"PK") else b""

    def names(self, path: str) -> list[str]:
        try:
            return sorted(os.listdir(self.root + path))
        except ABSENT:
            return []

    def age(self, path: str) -> float | None:
        """Seconds since it was changed, by the wall clock; None when there is nothing."""
        try:
            return time.time() - os.lstat(self.root + path).st_mtime
        except ABSENT:
            return None

    def free(self, path: str) -> int:
        """Bytes free where `path` is or will be."""
        while not os.path.exists(self.root + path):
            path = dirname(path)
        status = os.statvfs(self.root + path)
        return status.f_bavail * status.f_frsize

    def write(
        self, path: str, data: bytes, mode: int = 0o644, owner: str = "root", group: str = "root"
    ) -> None:
        aside = beside(path)
        self.store(aside, io.BytesIO(data), mode, owner, group)
        os.replace(self.root + aside, self.root + path)
        self.sync(dirname(path))

    def store(
        self, path: str, source: IO[bytes], mode: int, owner: str = "root", group: str = "root"
    ) -> None:
        """Writes a new file; half of it may be there after a power cut, so only for what is renamed later."""
        os.makedirs(dirname(self.root + path), exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.root + path)  # so that a link or a looser mode left there is not written through
        descriptor = os.open(self.root + path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            self.own(path, owner, group)
            os.fchmod(target.fileno(), mode)
            os.fsync(target.fileno())

    def own(self, path: str, owner: str, group: str) -> None:
        os.lchown(self.root + path, pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid)

    def link(self, path: str, target: str) -> None:
        os.makedirs(dirname(self.root + path), exist_ok=True)
        aside = beside(path)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.root + aside)
        os.symlink(target, self.root + aside)
        os.replace(self.root + aside, self.root + path)
        self.sync(dirname(path))

    def directory(self, path: str, mode: int, owner: str = "root", group: str = "root") -> None:
        os.makedirs(self.root + path, exist_ok=True)
        self.own(path, owner, group)
        os.chmod(self.root + path, mode)

    def move(self, source: str, target: str) -> None:
        os.makedirs(dirname(self.root + target), exist_ok=True)
        os.rename(self.root + source, self.root + target)
        self.sync(dirname(source))
        self.sync(dirname(target))

    def remove(self, path: str) -> None:
        real = self.root + path
        if os.path.isdir(real) and not os.path.islink(real):
            shutil.rmtree(real)
        else:
            with contextlib.suppress(*ABSENT):
                os.unlink(real)

    def append(self, path: str, line: str) -> None:
        """Adds one line; the half line that a power cut may have left is ended first."""
        with open(self.root + path, "a+b") as stream:
            if stream.seek(0, os.SEEK_END):
                stream.seek(-1, os.SEEK_END)
                line = line if stream.read(1) == b"\n" else "\n" + line
            stream.write(line.encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    def sync(self, directory: str) -> None:
        descriptor = os.open(self.root + directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def beside(path: str) -> str:
    """Where a file is written before it is renamed into place."""
    return f"{dirname(path)}/.slipway-{basename(path)}"


def sha256(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    for block in iter(lambda: stream.read(1 << 20), b""):
        digest.update(block)
    return digest.hexdigest()
