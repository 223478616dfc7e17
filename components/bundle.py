"""Writes a release, and the activator that turns it on, as one deterministic archive: same input, same bytes."""

import functools
import gzip
import hashlib
import io
import re
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from model.release import Release, canonical

ACTIVATOR = Path(__file__).parent.parent / "activator"
KEPT = 20
"""Bundles on this machine for each service: a few releases of every architecture."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A written bundle: where it is on this machine, its digest, and the release in it."""

    path: Path
    sha256: str
    release: Release

    @property
    def file_name(self) -> str:
        """Its name on a host, which tells releases and activators apart."""
        return f"{self.release.name}-{self.release.id}-{self.sha256[:8]}.tar.gz"


def write(release: Release, folder: Path) -> Bundle:
    """Writes the bundle under `folder`, or finds the one that is there: compressing a binary takes longer than hashing it."""
    folder.mkdir(parents=True, exist_ok=True)
    activator = zipapp()
    signed = b"".join(data for _, data in _signed(release))
    content = hashlib.sha256(canonical(release.manifest) + activator + signed).hexdigest()
    path = folder / f"{release.name}-{release.id}-{content[:12]}.tar.gz"
    if not path.exists():
        unfinished = path.with_suffix(f".{id(release)}.part")
        unfinished.write_bytes(_archive(release, activator))
        unfinished.replace(path)
        _prune(folder, release.name)
    path.touch()
    return Bundle(path=path, sha256=_sha256(path), release=release)


@functools.cache  # most hosts get the same bundle, and its bytes are those that its name says
def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _prune(folder: Path, name: str) -> None:
    """Leaves the bundles of `name` that were used last; any other is written again when it is wanted."""
    bundles = [
        path
        for path in folder.glob("*.tar.gz")
        if re.fullmatch(rf"{name}-[0-9a-f]{{12}}-\w+\.tar\.gz", path.name)
    ]
    for path in sorted(bundles, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT:]:
        path.unlink(missing_ok=True)


def zipapp() -> bytes:
    """The activator as one file for `python3`: its modules as the package `activator`, and its entry on top."""
    return _packed(ACTIVATOR)


@functools.cache  # the same for all hosts
def _packed(folder: Path) -> bytes:
    sources = {f"activator/{path.name}": path.read_bytes() for path in sorted(folder.glob("*.py"))}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in {**sources, "__main__.py": sources["activator/__main__.py"]}.items():
            # Dated with the format's first day, so that a checkout's times do not show.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _signed(release: Release) -> list[tuple[str, bytes]]:
    """What somebody has said about the binary, and the signature under it, if there are any."""
    paths = (release.binary.provenance, release.binary.signature) if release.binary else ()
    names = ("provenance.json", "provenance.json.sig")
    return [(name, Path(path).read_bytes()) for name, path in zip(names, paths, strict=False) if path]


def _archive(release: Release, activator: bytes) -> bytes:
    # The activator first: a host takes it out without reading on.
    members = [("activator.pyz", activator, 0o644), ("manifest.json", canonical(release.manifest), 0o644)]
    # Before the binary, so that a host verifies it without unpacking anything.
    members += [(name, data, 0o644) for name, data in _signed(release)]
    if release.binary:
        members.append((f"bin/{release.name}", Path(release.binary.path).read_bytes(), 0o755))
        members.append(("sbom.spdx.json", Path(release.binary.sbom).read_bytes(), 0o644))
    members += [(file.member, file.content, 0o644) for file in release.files]
    packed = io.BytesIO()
    # Level 4 packs a Go binary within 3 % of level 6 in less than half of the time; mtime 0 and no name keep the bytes the same.
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=4, mtime=0, filename="") as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, data, mode in members:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), mode
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()
