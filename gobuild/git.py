"""Git repositories, each asked about itself alone."""

import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from gobuild.refusal import Refused


@dataclass(frozen=True, kw_only=True)
class Commit:
    """The whole id of a commit, and its time (UTC)."""

    id: str
    time: datetime


@dataclass(frozen=True)
class Repository:
    """A work tree; every path that is given or returned is absolute."""

    top: Path

    @cached_property
    def shallow(self) -> bool:
        """Whether it holds only the end of its history."""
        return self._ask("rev-parse", "--is-shallow-repository").strip() == "true"

    @cached_property
    def outer(self) -> "Repository | None":
        """The one that it is a submodule of."""
        above = self._ask("rev-parse", "--show-superproject-working-tree").strip()
        return Repository(Path(above)) if above else None

    @cached_property
    def submodules(self) -> tuple[Path, ...]:
        """Where its index has submodules, initialised or not."""
        entries = _names(self._ask("ls-files", "--stage", "-z"))
        return tuple(self.top / entry.partition("\t")[2] for entry in entries if entry.startswith("160000 "))

    def head(self, path: Path | None = None) -> str | None:
        """The commit that is checked out or, with `path`, the one that it holds for the submodule there."""
        name = f"HEAD:{path.relative_to(self.top).as_posix()}" if path else "HEAD"
        return self._ask("rev-parse", "--verify", "--quiet", name, may_fail=True).strip() or None

    def last(self, paths: Iterable[Path]) -> Commit | None:
        """The last commit that touched one of `paths`."""
        found = self._ask("log", "-1", "--format=%H %ct", "--", *map(str, paths), may_fail=True).split()
        return Commit(id=found[0], time=datetime.fromtimestamp(int(found[1]), UTC)) if found else None

    def describe(self, commit: Commit) -> str:
        """Its nearest tag, with twelve digits of its id: git's own length grows with the clone."""
        return self._ask("describe", "--always", "--tags", "--abbrev=12", commit.id).strip()

    def resolve(self, name: str) -> str | None:
        """The whole id of the commit that `name` (a tag, an id, what `describe` gives) stands for."""
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return self._ask(*words, may_fail=True).strip() or None

    def log(self, form: str, range: str, path: Path | None = None) -> list[str]:
        """A line for each commit of `range` but merges, newest first; with `path`, of those that touch it."""
        paths = ["--", str(path)] if path else ["--"]
        found = self._ask("log", "--no-merges", "--abbrev=12", form, "--end-of-options", range, *paths)
        return [line for line in found.split("\n") if line]

    def changed(self, paths: Iterable[Path]) -> set[Path]:
        """Tracked files below `paths` that are not as the last commit has them; submodules aside."""
        options = ("--name-only", "-z", "--no-renames", "--ignore-submodules=all", "--no-ext-diff")
        return self._found("diff", "HEAD", *options, "--", *map(str, paths))

    def tracked(self, paths: Iterable[Path]) -> set[Path]:
        """Files below `paths` that git knows."""
        return self._found("ls-files", "-z", "--full-name", "--", *map(str, paths))

    def ignored(self, paths: Sequence[Path]) -> set[Path]:
        """Those of the untracked `paths` that a .gitignore leaves out."""
        asked = _run(self.top, "check-ignore", "-z", "--stdin", given="\0".join(map(str, paths)))
        return {self.top / name for name in _names(asked.stdout)}

    def _found(self, *arguments: str) -> set[Path]:
        return {self.top / name for name in _names(self._ask(*arguments))}

    def _ask(self, *arguments: str, may_fail: bool = False) -> str:
        done = _run(self.top, "--literal-pathspecs", *arguments)
        if done.returncode != 0 and not may_fail:
            raise Refused(
                f"'git {arguments[0]}' failed in {str(self.top)!r}: {' '.join(done.stderr.split())}"
            )
        return done.stdout


def around(directory: Path) -> Repository | None:
    """The repository that `directory` lies in, if any; Refused when there is one that git cannot read."""
    asked = _run(directory, "rev-parse", "--show-toplevel")
    if asked.returncode == 0:
        return Repository(Path(asked.stdout.removesuffix("\n")))
    if "not a git repository" in asked.stderr:
        return None
    raise Refused(f"git cannot read the repository of {str(directory)!r}: {' '.join(asked.stderr.split())}")


def uninitialised(path: Path) -> str | None:
    """What to do when `path` lies in a submodule that nobody has checked out; None when it does not."""
    there = next(each for each in (path, *path.parents) if each.is_dir())
    repository = around(there)
    for submodule in repository.submodules if repository else ():
        if path.is_relative_to(submodule) and not (submodule / ".git").exists():
            assert repository
            name = submodule.relative_to(repository.top)
            return (
                f"it lies in the submodule {name}, which is not initialised: run "
                f"'git submodule update --init {name}' in {str(repository.top)!r}"
            )
    return None


def _run(directory: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    # A repository named by the caller's surroundings (a git hook sets GIT_DIR) is not the service's.
    foreign = re.compile(r"GIT_(DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|PREFIX|NAMESPACE|OBJECT_DIRECTORY)")
    clean = {name: value for name, value in os.environ.items() if not foreign.fullmatch(name)}
    return subprocess.run(
        ["git", "-C", str(directory), *arguments],
        env={**clean, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
        input=given,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
    )


def _names(listing: str) -> Iterable[str]:
    return (name for name in listing.split("\0") if name)
