"""Which version of the code this is, and what of it no commit holds; each tree is asked about in its own repository."""

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from gobuild import git, wording
from gobuild.git import Repository
from gobuild.inputs import Inputs
from gobuild.refusal import Refused

UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Revision:
    """The version to build in, the commit of the service's own tree, and the time (UTC) that stands for it."""

    version: str
    commit: str
    time: datetime


@dataclass
class _Differences:
    """What no commit holds: paths, as seen from the service's module."""

    changed: set[Path] = field(default_factory=set)
    ignored: set[Path] = field(default_factory=set)
    submodules: dict[Path, str] = field(default_factory=dict)
    nowhere: set[Path] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.changed or self.ignored or self.submodules or self.nowhere)


def find(inputs: Inputs, *, refuse_dirty: bool) -> Revision:
    """The version of the service's tree and of every other that its code comes from.

    In git: `git describe` of the last commit that touched the tree, `+name.commit` for each repository besides, and `-dirty`
    when one differs from its commit. For what no repository or commit holds: `src-` and a digest of the files that a build uses.
    """
    seat = git.around(inputs.root)
    if seat is None:
        return _uncommitted(inputs)
    paths, found = _by_repository(inputs, seat)
    for repository, places in paths.items():
        _compare(repository, places, inputs, found)
    if refuse_dirty:
        _refuse(found, inputs, [each for each in paths if each.shallow])
    commits = {repository: repository.last(places) for repository, places in paths.items()}
    own = commits.pop(seat)
    if own is None or found.nowhere or not all(commits[each] for each in commits if not _inside(each, seat)):
        return _uncommitted(inputs)
    version = seat.describe(own)
    if not re.fullmatch(r"[0-9A-Za-z._+/~-]+", version):
        raise Refused(f"the git tag in version {version!r} may hold only letters, digits and . _ + / ~ -")
    others = {each.top: commit for each, commit in commits.items() if commit and not _inside(each, seat)}
    for top, commit in sorted(others.items()):
        version += f"+{re.sub(r'[^0-9A-Za-z-]', '-', top.name)}.{commit.id[:12]}"
    return Revision(version=f"{version}-dirty" if found else version, commit=own.id, time=own.time)


def _by_repository(inputs: Inputs, seat: Repository) -> tuple[dict[Repository, set[Path]], _Differences]:
    """The paths to ask each repository about, and what lies in none; submodules of `seat` count among its paths, too."""
    paths: dict[Repository, set[Path]] = defaultdict(set, {seat: {inputs.root}})
    found = _Differences()
    for tree in inputs.trees:
        if repository := _home(tree):
            paths[repository].add(tree)
    for file in inputs.files:
        repository = _home(file.parent)
        if repository is None:
            found.nowhere.add(file)
        elif not any(file.is_relative_to(path) for path in paths[repository]):
            # Of a repository inside a tree, all of it is the tree's.
            inside = any(repository.top.is_relative_to(tree) for tree in inputs.trees)
            paths[repository].add(repository.top if inside else file)
    for repository in list(paths):
        for inner, outer in _way_out(repository, seat):
            paths[outer].add(inner.top)
            recorded, checked_out = outer.head(inner.top), inner.head()
            if recorded != checked_out:
                found.submodules[inner.top] = (
                    f"is at {(checked_out or 'no commit')[:12]}, the commit around it holds {(recorded or 'none')[:12]}"
                )
    return dict(paths), found


@cache
def _home(directory: Path) -> Repository | None:
    there = next((each for each in (directory, *directory.parents) if (each / ".git").exists()), None)
    return git.around(there) if there else None


def _way_out(repository: Repository, seat: Repository) -> list[tuple[Repository, Repository]]:
    """The submodules from `repository` up to `seat`, each with the one around it; nothing when `seat` is not around it."""
    steps, current = [], repository
    while current != seat:
        if current.outer is None:
            return []
        steps.append((current, current.outer))
        current = current.outer
    return steps


def _inside(repository: Repository, seat: Repository) -> bool:
    return repository == seat or bool(_way_out(repository, seat))


def _compare(repository: Repository, paths: set[Path], inputs: Inputs, found: _Differences) -> None:
    used = {file for file in inputs.files if _home(file.parent) == repository}
    if repository.head() is None:
        found.changed |= used
        return
    found.changed |= repository.changed(paths)
    untracked = sorted(used - repository.tracked(paths))
    ignored = repository.ignored(untracked) if untracked else set()
    found.ignored |= ignored
    found.changed |= set(untracked) - ignored


def _refuse(found: _Differences, inputs: Inputs, shallow: list[Repository]) -> None:
    def names(paths: set[Path]) -> str:
        return wording.listed(sorted(wording.relative(path, inputs.root) for path in paths))

    allow = "slipway:release: {uncommitted: allow}"
    wrong = []
    if found.changed:
        wrong.append(f"{names(found.changed)}; commit or remove what differs")
    if found.ignored:
        how = "embedded in" if found.ignored <= inputs.embedded else "used by"
        wrong.append(
            f"{names(found.ignored)}, which git ignores although the build needs it ({how} the program); "
            f"commit it with 'git add -f', or set {allow}"
        )
    for submodule, state in found.submodules.items():
        wrong.append(
            f"the submodule {wording.relative(submodule, inputs.root)} {state}; commit the submodule's new place, "
            "or run 'git submodule update'"
        )
    if found.nowhere:
        wrong.append(
            f"{names(found.nowhere)}, which lies in no git repository; commit it to one, or set {allow}"
        )
    if wrong:
        raise Refused(
            f"the source is not as committed: {'; and '.join(wrong)} "
            "(this stack releases only what a commit holds)"
        )
    if shallow:
        raise Refused(
            f"the git repository {str(shallow[0].top)!r} is a shallow clone, whose last commit for the service cannot be "
            "known: run 'git fetch --unshallow --tags' there"
        )


def _uncommitted(inputs: Inputs) -> Revision:
    digest = hashlib.sha256()
    for name, path in sorted((wording.relative(path, inputs.root), path) for path in inputs.files):
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return Revision(
        version=f"src-{digest.hexdigest()[:12]}", commit=UNKNOWN, time=datetime.fromtimestamp(0, UTC)
    )
