"""A service's own tree: where it is, which version it is, and what in it no commit holds."""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gobuild.refusal import CompileFailed, Refused
from gobuild.spec import Source
from gobuild.toolchain import Toolchain
from model.architecture import Architecture

_FILE_FIELDS = ("GoFiles", "SFiles", "HFiles", "SysoFiles", "EmbedFiles")


@dataclass(frozen=True, kw_only=True)
class Revision:
    """The version to build in, and the time (UTC) that stands for it in the SBOM."""

    version: str
    time: datetime


def check(source: Source) -> None:
    """Refused unless the source directory and the package in it exist, and a go.mod governs them."""
    if not source.directory.is_dir():
        raise Refused(
            f"source {str(source.directory)!r} is not a directory: give the one that holds the service"
        )
    package = source.directory / source.package
    if not any(package.glob("*.go")):
        raise Refused(
            f"there is no Go package in {str(package)!r}: set 'package' to the directory of its main "
            "package, as './cmd/name'"
        )
    _module_root(source.directory)


def revision(source: Source, toolchain: Toolchain) -> Revision:
    """Which version of the service's own tree this is.

    In git: `git describe` of the last commit that touched the tree, with `-dirty` when the tree differs.
    Otherwise, and for a tree that was never committed: `src-` and a digest of the files that a build uses.
    """
    trees = _trees(source, toolchain)
    shallow = _shallow(trees[0])
    if shallow is None:
        return _uncommitted(source, toolchain, trees)
    paths = [str(tree) for tree in trees]
    last = _git(trees[0], "log", "-1", "--format=%H %ct", "--", *paths, may_fail=True).split()
    unsaved = _unsaved(source, toolchain, trees, committed=bool(last))
    if source.refuse_dirty:
        if unsaved:
            raise Refused(
                f"the source is not as committed: {', '.join(unsaved)}; commit or remove what differs "
                "(this stack releases only what a commit holds)"
            )
        if shallow:
            raise Refused(
                "the git repository is a shallow clone, whose last commit for the service cannot be known: "
                "run 'git fetch --unshallow --tags'"
            )
    if not last:
        return _uncommitted(source, toolchain, trees)
    # A fixed length, since git's own grows with the clone and would change the binary with it.
    version = _git(trees[0], "describe", "--always", "--tags", "--abbrev=12", last[0]).strip()
    if not re.fullmatch(r"[0-9A-Za-z._+/~-]+", version):
        raise Refused(f"the git tag in version {version!r} may hold only letters, digits and . _ + / ~ -")
    time = datetime.fromtimestamp(int(last[1]), UTC)
    return Revision(version=f"{version}-dirty" if unsaved else version, time=time)


def _module_root(directory: Path) -> Path:
    directory = directory.resolve()
    for candidate in (directory, *directory.parents):
        if (candidate / "go.mod").is_file():
            return candidate
    raise Refused(f"there is no go.mod in {str(directory)!r} or above it: run 'go mod init' there")


def _trees(source: Source, toolchain: Toolchain) -> list[Path]:
    """The module's root first, then every directory that its go.mod replaces a module with."""
    root = _module_root(source.directory)
    if "replace" not in (root / "go.mod").read_text(errors="replace"):
        return [root]
    read = toolchain.run(["mod", "edit", "-json"], directory=root)
    if read.returncode != 0:
        raise CompileFailed(read.stderr)
    replaced = [each["New"] for each in json.loads(read.stdout).get("Replace") or []]
    return [root, *((root / new["Path"]).resolve() for new in replaced if "Version" not in new)]


def _unsaved(source: Source, toolchain: Toolchain, trees: list[Path], *, committed: bool) -> list[str]:
    """What differs from the last commit: tracked files, and others, even ignored ones, that a build uses."""
    top = Path(_git(trees[0], "rev-parse", "--show-toplevel").strip())
    changed: set[Path] = set()
    others: set[Path] = set()
    for tree in trees:
        if committed:
            changed |= {
                top / name for name in _names(_git(tree, "diff", "HEAD", "--name-only", "-z", "--", "."))
            }
        others |= {tree / name for name in _names(_git(tree, "ls-files", "--others", "-z", "--", "."))}
        if not committed:
            others |= {tree / name for name in _names(_git(tree, "ls-files", "-z", "--", "."))}
    if others:
        changed |= others & used_files(source, toolchain, trees)
    return sorted(os.path.relpath(path, trees[0]) for path in changed)


def used_files(source: Source, toolchain: Toolchain, trees: list[Path]) -> set[Path]:
    """Every file of `trees` that a build for any architecture reads, go.mod and go.sum included."""
    used = {tree / name for tree in trees for name in ("go.mod", "go.sum")}
    fields = "Dir,Standard," + ",".join(_FILE_FIELDS)
    for architecture in Architecture:
        listed = toolchain.run(
            ["list", "-e", "-deps", f"-json={fields}", source.package],
            directory=source.directory,
            GOARCH=architecture.goarch,
        )
        if listed.returncode != 0:
            raise CompileFailed(listed.stderr)
        for package in _json_objects(listed.stdout):
            if not package.get("Standard") and "Dir" in package:
                names = (name for field in _FILE_FIELDS for name in package.get(field, ()))
                used |= {Path(package["Dir"], name) for name in names}
    return {path for path in used if path.is_file() and any(path.is_relative_to(tree) for tree in trees)}


def _uncommitted(source: Source, toolchain: Toolchain, trees: list[Path]) -> Revision:
    digest = hashlib.sha256()
    for name, path in sorted((os.path.relpath(p, trees[0]), p) for p in used_files(source, toolchain, trees)):
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return Revision(version=f"src-{digest.hexdigest()[:12]}", time=datetime.fromtimestamp(0, UTC))


def _shallow(tree: Path) -> bool | None:
    """Whether the repository around `tree` is a shallow clone; None outside git."""
    asked = _run_git(tree, "rev-parse", "--is-shallow-repository")
    if asked.returncode == 0:
        return asked.stdout.strip() == "true"
    if "not a git repository" in asked.stderr:
        return None
    raise Refused(f"git cannot read the repository of {str(tree)!r}: {' '.join(asked.stderr.split())}")


def _git(tree: Path, *arguments: str, may_fail: bool = False) -> str:
    done = _run_git(tree, *arguments)
    if done.returncode != 0 and not may_fail:
        raise Refused(f"'git {arguments[0]}' failed in {str(tree)!r}: {' '.join(done.stderr.split())}")
    return done.stdout


def _run_git(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # A repository named by the caller's surroundings (a git hook sets GIT_DIR) is not the service's.
    clean = {k: v for k, v in os.environ.items() if k not in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")}
    return subprocess.run(
        ["git", "-C", str(tree), *arguments],
        env={**clean, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
    )


def _names(listing: str) -> Iterable[str]:
    return (name for name in listing.split("\0") if name)


def _json_objects(text: str) -> Iterable[dict]:
    decoder, at = json.JSONDecoder(), 0
    while (at := len(text) - len(text[at:].lstrip())) < len(text):
        value, at = decoder.raw_decode(text, at)
        yield value
