"""A store of artifacts: a directory, perhaps of a file server, with one folder for each, named by its digest, never changed."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from artifacts import statement
from artifacts.statement import Statement
from model.refusal import Refusal

STATEMENT, SIGNATURE, SBOM = "provenance.json", "provenance.json.sig", "sbom.spdx.json"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An artifact whose bytes are what its digest says. Files by architecture."""

    digest: str
    statement: Statement
    folder: Path

    @property
    def content(self) -> bytes:
        return (self.folder / STATEMENT).read_bytes()

    @property
    def signature(self) -> bytes | None:
        path = self.folder / SIGNATURE
        return path.read_bytes() if path.is_file() else None

    def binary(self, architecture: str) -> Path:
        return self.folder / architecture / self.statement.service

    def sbom(self, architecture: str) -> Path:
        return self.folder / architecture / SBOM


def put(
    store: Path, made: Statement, files: Mapping[str, tuple[Path, Path]], signature: bytes | None
) -> Stored:
    """Whole or not at all; one that is there stays, and gets the signature. `files`: binary and SBOM each.

    Raises Refusal.
    """
    content = made.content()
    digest = statement.digest(content)
    folder = _folder(store, made.service, digest)
    try:
        if not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            _fill(folder, made, content, files)
        if signature is not None:
            _write(folder / SIGNATURE, signature)
    except OSError as error:
        raise Refusal([f"the store {store} cannot be written ({error.strerror}: {error.filename})"]) from None
    return take(store, made.service, digest, made.binaries)


def take(store: Path, service: str, digest: str, architectures: Iterable[str]) -> Stored:
    """The artifact of that digest, its files for `architectures` compared with it. Raises Refusal."""
    folder = _folder(store, service, digest)
    if not (folder / STATEMENT).is_file():
        there = sorted(path.name for path in folder.parent.glob("[0-9a-f]*")) if store.is_dir() else []
        has = f"it has {', '.join(f'sha256:{name[:12]}…' for name in there)}" if there else "it has none"
        raise Refusal([f"there is no artifact {digest} of {service} in {store}; {has}"])
    content = (folder / STATEMENT).read_bytes()
    if statement.digest(content) != digest:
        raise Refusal([f"{folder / STATEMENT} is not what its digest says: it was changed; promote it again"])
    try:
        found = Stored(digest=digest, statement=statement.parse(content), folder=folder)
    except ValueError as error:
        raise Refusal([f"{folder / STATEMENT} is no statement of ours: {error}"]) from None
    if found.statement.service != service:
        raise Refusal([f"{digest} is an artifact of {found.statement.service}, not of {service}"])
    for name in sorted(architectures):
        one = found.statement.binaries.get(name)
        if one is None:
            has = ", ".join(found.statement.binaries)
            raise Refusal(
                [
                    f"{digest} of {service} has no binary for {name}, only for {has}: verify one where {name} runs"
                ]
            )
        for path, sha256 in ((found.binary(name), one.sha256), (found.sbom(name), one.sbom)):
            if not path.is_file() or _sha256(path) != sha256:
                raise Refusal(
                    [f"{path} is not what its digest says: it was changed or is gone; promote it again"]
                )
    return found


def _folder(store: Path, service: str, digest: str) -> Path:
    return store / service / digest.removeprefix("sha256:")


def _fill(folder: Path, made: Statement, content: bytes, files: Mapping[str, tuple[Path, Path]]) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unfinished-") as unfinished:
        new = Path(unfinished, "new")
        for name, (binary, sbom) in files.items():
            (new / name).mkdir(parents=True)
            shutil.copyfile(binary, new / name / made.service)
            shutil.copyfile(sbom, new / name / SBOM)
        (new / STATEMENT).write_bytes(content)
        new.rename(folder)


def _write(path: Path, content: bytes) -> None:
    new = path.with_suffix(".part")
    new.write_bytes(content)
    new.replace(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
