"""What Go says a program is made from: the packages of a build, and the files of each."""

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gobuild.refusal import CompileFailed
from gobuild.toolchain import Toolchain
from model.architecture import Architecture

EMBEDDED = "EmbedFiles"
# Whatever `go build` hashes of a package (cmd/go/internal/work: buildActionID).
_FILES = (
    *("GoFiles", "CgoFiles", "CFiles", "CXXFiles", "MFiles", "HFiles", "FFiles", "SFiles"),
    *("SwigFiles", "SwigCXXFiles", "SysoFiles", EMBEDDED),
)
_FIELDS = ("ImportPath", "Name", "Dir", "Standard", "Module", "Error", "IgnoredGoFiles", *_FILES)


@dataclass(frozen=True, kw_only=True)
class Package:
    """One package: `tree` is its module's directory, `error` what Go has against it."""

    path: str
    name: str
    directory: Path | None
    tree: Path | None
    standard: bool
    own: bool
    """Of the service's module, or of another one in its workspace."""
    files: frozenset[Path]
    embedded: frozenset[Path]
    code: frozenset[str]
    """Names of its Go files."""
    cgo: tuple[str, ...]
    """Names of those that import "C"."""
    ignored: tuple[str, ...]
    """Names of Go files that no build for this architecture and these tags holds."""
    error: str

    @classmethod
    def of(cls, given: dict[str, Any]) -> "Package":
        directory = Path(given["Dir"]).resolve() if "Dir" in given else None
        module = given.get("Module") or {}
        tree = (module.get("Replace") or module).get("Dir")

        def files(*fields: str) -> frozenset[Path]:
            names = (name for field in fields for name in given.get(field) or ())
            return frozenset(directory / name for name in names) if directory else frozenset()

        return cls(
            path=given["ImportPath"],
            name=given.get("Name", ""),
            directory=directory,
            tree=Path(tree).resolve() if tree else None,
            standard=given.get("Standard", False),
            own=module.get("Main", False),
            files=files(*_FILES),
            embedded=files(EMBEDDED),
            code=frozenset(given.get("GoFiles", ())) | frozenset(given.get("CgoFiles", ())),
            cgo=tuple(given.get("CgoFiles", ())),
            ignored=tuple(given.get("IgnoredGoFiles", ())),
            error=(given.get("Error") or {}).get("Err", ""),
        )


def packages(
    names: Sequence[str], directory: Path, toolchain: Toolchain, *, tags: Sequence[str], cgo: bool = False
) -> dict[Architecture, list[Package]]:
    """The packages `names` for each architecture, whatever is built now, so that all machines see the same.

    Without `cgo`, those that they import, too: with it only what cgo changes is of interest.
    """
    options = ["-e", f"-json={','.join(_FIELDS)}", *([] if cgo else ["-deps"])]
    options += [f"-tags={','.join(tags)}"] if tags else []

    def ask(architecture: Architecture) -> list[Package]:
        variables = {"GOARCH": architecture.goarch, "CGO_ENABLED": str(int(cgo))}
        listed = toolchain.run(["list", *options, *names], directory=directory, **variables)
        if listed.returncode != 0:
            raise CompileFailed(listed.stderr)
        return [Package.of(each) for each in _json_objects(listed.stdout)]

    with ThreadPoolExecutor(len(Architecture)) as pool:
        return dict(zip(Architecture, pool.map(ask, Architecture), strict=True))


def every(listed: dict[Architecture, list[Package]]) -> Iterable[Package]:
    """The packages of all architectures; most come once for each."""
    return (package for packages in listed.values() for package in packages)


def _json_objects(text: str) -> Iterator[dict[str, Any]]:
    decoder, at = json.JSONDecoder(), 0
    while (at := len(text) - len(text[at:].lstrip())) < len(text):
        value, at = decoder.raw_decode(text, at)
        yield value
