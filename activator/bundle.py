"""An uploaded bundle, or the release that is unpacked on the host: where a release's bytes come from."""

from __future__ import annotations

import contextlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterator
from posixpath import basename, normpath
from typing import IO

from activator.disk import Disk
from activator.failure import Refused
from activator.manifest import Release, canonical

AGAIN = "'make forget HOST=NAME' and 'make up' send it again"

UPLOAD = re.compile(
    r"(.+?)-([0-9a-f]{12})(-[0-9a-f]+)*\.tar\.gz"
)  # service, release, digests of bundle and machine
MEMBER = re.compile(
    r"(manifest\.json|activator\.pyz|sbom\.spdx\.json|provenance\.json(\.sig)?|(bin|files)/[^/].*)"
)
SMALL = 1 << 20  # bytes that are read of a member without unpacking it


class Bundle:
    """A bundle by its path. Without the file, the intact release on this disk that the path names."""

    def __init__(self, disk: Disk, path: str, digest: str, release: Release | None = None) -> None:
        self.disk, self.path, self.activator = disk, path, b""
        self.present = release is None and disk.entry(path) is not None
        if release:
            self.release = release
            return
        if not self.present:
            named = UPLOAD.fullmatch(basename(path))
            if not named:
                raise Refused(f"there is no {path}: {AGAIN}")
            self.release = kept(disk, named.group(1), named.group(2))
            return
        found = disk.digest(path)
        if found != digest:
            raise Refused(f"{path} has sha256 {found}, not {digest}: the upload is damaged: {AGAIN}")
        self.release = self._manifest()

    @staticmethod
    def on_disk(disk: Disk, service: str, wanted: str) -> Bundle:
        """A release that this host keeps, instead of an upload: of `A,B,…` the one that is here."""
        here = [name for name in wanted.split(",") if name in trees(disk, service)]
        if len(here) > 1:
            raise Refused(f"this host holds {' and '.join(here)} of {service}: name one of them")
        bundle = Bundle(disk, "", "", kept(disk, service, here[0] if here else wanted))
        bundle.activator = disk.program()
        return bundle

    def _manifest(self) -> Release:
        """Reads no further than it must: whoever makes bundles puts the manifest and the activator first."""
        with self._members() as members:
            for name, data in members:
                if name == "activator.pyz":
                    self.activator = data.read()
                if name == "manifest.json":
                    return Release(json.load(data))
        raise Refused(f"{self.path} holds no manifest.json: build it again")

    def small(self, *names: str) -> dict[str, bytes]:
        """Those of these members that there are, read without unpacking anything; of a release on the disk, from there."""
        if not self.present:
            read = {name: self.disk.read(f"{self.release.tree}/{name}") for name in names}
            return {name: data for name, data in read.items() if data is not None}
        found: dict[str, bytes] = {}
        with self._members() as members:
            for name, data in members:
                if name in names:
                    found[name] = data.read(SMALL)
                if len(found) == len(names) or name.startswith("bin/"):
                    break  # whoever makes bundles puts them before the binary
        return found

    @contextlib.contextmanager
    def _members(self) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
        try:
            with self.disk.stream(self.path) as stream, tarfile.open(fileobj=stream, mode="r|gz") as archive:
                yield self._checked(archive)
        except (tarfile.TarError, zlib.error, EOFError, ValueError) as error:
            raise Refused(f"{self.path} is no readable bundle ({error}): build it again") from None

    def _checked(self, archive: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
        for member in archive:
            name = member.name
            if not MEMBER.fullmatch(name):
                raise Refused(f"{self.path} holds {name!r}, which has no place in a bundle: build it again")
            if not member.isfile() or normpath(name) != name:
                raise Refused(f"{self.path} holds {name!r}, no plain file inside the release: build it again")
            yield name, archive.extractfile(member) or io.BytesIO()

    def unpack(self, tree: str) -> None:
        """Writes every member below `tree` and checks what arrived on disk against the manifest."""
        with self._members() as members:
            for name, data in members:
                if name == "manifest.json":
                    data = io.BytesIO(canonical(self.release.manifest))
                self.disk.store(f"{tree}/{name}", data, 0o755 if name.startswith("bin/") else 0o644)
        for name, digest in self.release.members().items():
            found = self.disk.digest(f"{tree}/{name}")
            if found != digest:
                raise Refused(
                    f"{name} has sha256 {found}, the manifest says {digest}: build the bundle again"
                )

    def refresh_activator(self) -> None:
        """A release that is live keeps the newest activator beside it: it is what takes the release off one day."""
        path = f"{self.release.tree}/activator.pyz"
        if self.activator and self.disk.read(path) != self.activator:
            self.disk.write(path, self.activator)


def trees(disk: Disk, service: str) -> list[str]:
    """The releases that are unpacked on this disk."""
    return [name for name in disk.names(f"/opt/{service}/app/releases") if not name.startswith(".")]


def kept(disk: Disk, service: str, release: str) -> Release:
    """A release that is on this disk, whole; else refused, with the list of those that are."""
    home = f"/opt/{service}/app/releases"
    found = disk.read(f"{home}/{release}/manifest.json")
    if found is None:
        there = ", ".join(trees(disk, service)) or "none"
        raise Refused(
            f"this host holds no release {release.replace(',', ' or ')} of {service} (it holds: {there}): "
            "name one of those, or deploy from source"
        )
    with contextlib.suppress(ValueError):
        made = Release(json.loads(found))
        if made.intact(disk, made.tree):
            return made
    raise Refused(f"{home}/{release} was changed by hand and there is no bundle to mend it from: upload it")
