"""The commits between two versions, as builds name them: v1.2, v1.2-3-g0123456789ab, an id, with what may stand behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gobuild import commits
from gobuild.refusal import Refused
from tests.gobuild.go_services import commit, git


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A service in a repository with another thing in it: v1.0.0, one commit elsewhere, two in the service."""
    tree = tmp_path / "mono" / "shop"
    tree.mkdir(parents=True)
    git(tree.parent, "init", "--quiet", "--initial-branch=main")
    change(tree, "first")
    git(tree, "tag", "v1.0.0")
    (tree.parent / "README").write_text("other")
    commit(tree.parent, "docs: elsewhere")
    change(tree, "feat: second")
    change(tree, "fix: `third` | and <more>")
    return tree


def change(tree: Path, subject: str) -> str:
    (tree / "main.go").write_text(f"// {subject}")
    return commit(tree, subject)


def subjects(found: tuple[commits.Commit, ...]) -> list[str]:
    return [each.subject for each in found]


def described(tree: Path) -> str:
    return git(tree, "describe", "--always", "--tags", "--abbrev=12")


def test_what_came_is_listed_newest_first_and_what_is_elsewhere_counted(tree: Path) -> None:
    found = commits.between(tree, "v1.0.0", described(tree))
    assert subjects(found.came) == ["fix: `third` | and <more>", "feat: second"]
    assert (found.went, found.elsewhere) == ((), 1)
    assert found.came[0].author == "nobody" and found.came[0].day == "2024-05-06"
    assert "and 1 elsewhere in the repository." in str(found)


@pytest.mark.parametrize("behind", ["-dirty", "+lib.0123456789ab", "+a.0123456789ab+b.0123456789ab-dirty"])
def test_what_a_build_writes_behind_a_version_is_no_part_of_it(tree: Path, behind: str) -> None:
    assert subjects(commits.between(tree, "v1.0.0", described(tree) + behind).came)


def test_a_tag_with_build_metadata_is_a_tag(tree: Path) -> None:
    git(tree, "tag", "v1.1.0+linux")
    assert len(commits.between(tree, "v1.0.0", "v1.1.0+linux").came) == 2


def test_what_goes_back_takes_commits_away(tree: Path) -> None:
    found = commits.between(tree, described(tree), "v1.0.0")
    assert found.came == () and len(found.went) == 2
    assert "Not in v1.0.0 any more:" in str(found)


def test_two_branches_tell_both(tree: Path) -> None:
    main = git(tree, "rev-parse", "--short=12", "HEAD")
    git(tree, "checkout", "--quiet", "-b", "other", "v1.0.0")
    other = change(tree, "feat: on the other branch")
    found = commits.between(tree, main, other)
    assert subjects(found.came) == ["feat: on the other branch"] and len(found.went) == 2


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("src-0123456789ab", "what no commit held"),
        ("v9.9.9", "v9.9.9 is not in the repository"),
        ("--output=x", "no version"),
        ("a..b\nc", "no version"),
    ],
)
def test_a_version_without_a_commit_is_refused(tree: Path, version: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        commits.between(tree, "v1.0.0", version)
    assert not (tree / "x").exists()


def test_a_shallow_clone_says_what_to_do(tree: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", tree.parent.as_uri(), str(clone))
    with pytest.raises(Refused, match="git fetch --unshallow"):
        commits.between(clone / "shop", "v1.0.0", "HEAD")


def test_a_directory_in_no_repository_is_refused_by_its_place_in_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refused, match=r"^shop lies in no git repository"):
        commits.between(tmp_path / "shop", "v1", "v2")
