"""The commits between two versions of a service, as its builds name versions. Not for what was released, nor when."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gobuild import git
from gobuild.git import Repository
from gobuild.refusal import Refused

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._+/~-]*")
_END = "\x1f"
_FORM = f"--format=%h{_END}%cs{_END}%an{_END}%s"


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One of them: twelve digits of its id, the day (as in 2026-11-26), who wrote it, and its first line."""

    id: str
    day: str
    author: str
    subject: str


@dataclass(frozen=True, kw_only=True)
class Between:
    """What came with `after`, newest first, and what of `before` is not in it any more, as after going back.

    `elsewhere` are commits that came and touch nothing in the service's own tree.
    """

    before: str
    after: str
    came: tuple[Commit, ...]
    went: tuple[Commit, ...]
    elsewhere: int

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """As Markdown."""
        if not self.came and not self.went:
            yield f"No commit between {self.before} and {self.after} touches the service's tree."
        yield from map(_line, self.came)
        if self.went:
            yield f"\nNot in {self.after} any more:\n"
            yield from map(_line, self.went)
        if self.elsewhere:
            yield f"\nand {self.elsewhere} elsewhere in the repository."


def between(tree: Path, before: str, after: str) -> Between:
    """Of the repository around `tree`, the service's source. Merges are left out. Raises Refused."""
    if not tree.is_dir():
        raise Refused(f"there is no directory {tree}")
    repository = git.around(tree)
    if repository is None:
        shown = os.path.relpath(tree) if tree.is_relative_to(Path.cwd()) else tree
        raise Refused(f"{shown} lies in no git repository, so nobody knows its commits")
    old, new = (_commit(repository, version) for version in (before, after))
    came = _log(repository, old, new, tree)
    everywhere = _log(repository, old, new)
    return Between(
        before=before,
        after=after,
        came=came,
        went=_log(repository, new, old, tree),
        elsewhere=len(everywhere) - len(came),
    )


def of(tree: Path, version: str) -> str:
    """The whole id of the commit that `version` of the service in `tree` is. Raises Refused."""
    repository = git.around(tree) if tree.is_dir() else None
    if repository is None or version.endswith("-dirty"):
        raise Refused(f"no commit holds {version}")
    return _commit(repository, version)


def _commit(repository: Repository, version: str) -> str:
    """The commit that a version was built from: `v1.2-3-g0123456789ab`, with `-dirty` or `+other.0123456789ab` behind it."""
    if version.startswith("src-") or not _VERSION.fullmatch(version):
        raise Refused(f"{version} is no version that a commit has; it was built from what no commit held")
    name = version.removesuffix("-dirty")
    while name:
        if found := repository.resolve(name):
            return found
        name = name.rpartition("+")[0]
    fetch = " (its history is cut short: `git fetch --unshallow`)" if repository.shallow else ""
    raise Refused(
        f"{version} is not in the repository {repository.top}{fetch}; fetch the branch that it is on, and its tags"
    )


def _log(repository: Repository, old: str, new: str, tree: Path | None = None) -> tuple[Commit, ...]:
    lines = repository.log(_FORM, f"{old}..{new}", tree)
    parts = (line.split(_END, 3) for line in lines)
    return tuple(Commit(id=each[0], day=each[1], author=each[2], subject=each[3]) for each in parts)


def _line(commit: Commit) -> str:
    return f"- `{commit.id}` {commit.subject} ({commit.author}, {commit.day})"
