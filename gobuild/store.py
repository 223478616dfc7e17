"""The output directory: a directory per binary, named by its digest, never changed; old ones are pruned."""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SBOM = "sbom.spdx.json"
_UNFINISHED = ".unfinished-"
_RECORD = "artifact.json"
_KEEP = 5  # binaries per architecture and level
_ABANDONED = 3600  # seconds


@contextmanager
def scratch(shelf: Path) -> Iterator[Path]:
    """A directory of one build's own, on the file system of `shelf` so that moving is atomic; absolute."""
    with tempfile.TemporaryDirectory(dir=shelf, prefix=_UNFINISHED) as directory:
        yield Path(directory).resolve()


def keep(
    kept: Path,
    name: str,
    binary: Path,
    document: dict[str, Any],
    inputs: dict[str, Any] | None,
    warnings: Sequence[str],
    scratch: Path,
) -> None:
    """Put `binary` and its SBOM at `kept`, whole or not at all; another build may do so at the same time."""
    prepared = scratch / "prepared"
    prepared.mkdir()
    binary.replace(prepared / name)
    (prepared / name).chmod(0o755)
    (prepared / SBOM).write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    record = {"sha256": _sha256(prepared / name), "inputs": inputs, "warnings": list(warnings)}
    (prepared / _RECORD).write_text(json.dumps(record) + "\n")
    if kept.exists():
        if holds(kept, name, inputs):
            return
        shutil.rmtree(kept)
    prepared.rename(kept)


def holds(kept: Path, name: str, inputs: dict[str, Any] | None) -> bool:
    """Whether `kept` is what its name promises, and was made from `inputs`."""
    try:
        digest = _sha256(kept / name)
        whole = digest.startswith(kept.name) and (kept / SBOM).is_file()
        made = record(kept)
        return whole and (made["sha256"], made["inputs"], "warnings" in made) == (digest, inputs, True)
    except (OSError, ValueError, KeyError):
        return False


def record(kept: Path) -> dict[str, Any]:
    """The `sha256` of the binary at `kept`, the `inputs` that determine it, if they do, and the `warnings` about it."""
    return json.loads((kept / _RECORD).read_text())


def find(shelf: Path, name: str, inputs: dict[str, Any]) -> Path | None:
    """The intact binary that was made from exactly `inputs`."""
    for kept in newest_first(shelf):
        if holds(kept, name, inputs):
            touch(kept)
            return kept
    return None


def lay_out_newest(shelf: Path, target: Path) -> None:
    """Put a copy of the newest intact binary at `target`: Go does not link again what is still right."""
    for kept in newest_first(shelf)[:1]:
        if holds(kept, target.name, None):
            shutil.copy2(kept / target.name, target)


def touch(kept: Path) -> None:
    """Mark `kept` as just used."""
    os.utime(kept)


def prune(service: Path) -> None:
    """Remove all but the last used binaries of each shelf, and what builds that were killed left behind."""
    for shelf in service.iterdir():
        for old in newest_first(shelf)[_KEEP:]:
            shutil.rmtree(old, ignore_errors=True)
        for unfinished in shelf.glob(_UNFINISHED + "*"):
            try:
                abandoned = time.time() - unfinished.stat().st_mtime > _ABANDONED
            except FileNotFoundError:  # its build has just ended
                continue
            if abandoned:
                shutil.rmtree(unfinished, ignore_errors=True)


def newest_first(shelf: Path) -> list[Path]:
    """What is kept there, by when it was used last."""
    kept = []
    for path in shelf.iterdir():
        if not path.name.startswith("."):
            try:
                kept.append((path.stat().st_mtime_ns, path))
            except FileNotFoundError:  # pruned by another build just now
                continue
    return [path for _, path in sorted(kept, reverse=True)]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
