"""Keeps what Python compiles of the activator for its next run. From an archive, every run compiles all of it anew."""

# ruff: noqa: PTH103, PTH112, PTH113, PTH116, PTH123

from __future__ import annotations

import hashlib
import os
import time

PLACE = "/run/slipway"
DAY = 86400
"""Seconds for which the folder of another activator stays: longer than any run, which may still import from it."""


def folders(archive: str, place: str = PLACE) -> list[str]:
    """Where the package of `archive` lies unpacked, for the front of its `__path__`.

    None where that cannot be, for whatever reason: then it is imported from the archive.
    """
    if os.geteuid() or not os.path.isfile(archive):
        return []
    try:
        os.makedirs(place, mode=0o755, exist_ok=True)
        found = os.stat(place)
        # It may be somebody else's, as that of a service with RuntimeDirectory=slipway: nothing of it is run as root.
        if found.st_uid != os.getuid() or found.st_mode & 0o022:
            return []
        with open(archive, "rb") as stream:
            folder = f"{place}/activator-{hashlib.sha256(stream.read()).hexdigest()[:16]}"
        if not os.path.isdir(folder):
            _unpack(archive, folder)
    except OSError:
        return []
    return [f"{folder}/activator"]


def _unpack(archive: str, folder: str) -> None:
    import shutil
    import tempfile
    import zipfile
    from pathlib import Path

    place = Path(folder).parent
    for other in (*place.glob("activator-*"), *place.glob("part-*")):
        if other.stat().st_mtime < time.time() - DAY:
            shutil.rmtree(other, ignore_errors=True)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=place))
    try:
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(part)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
