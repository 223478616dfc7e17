"""The version is that of the service's own tree, and says so when no commit holds it."""

import os
import subprocess

import pytest

from tests.gobuild.go_services import MAIN, commit, git, write_service


def version(builder, source, **more) -> str:
    return builder.good({"source": str(source), "architectures": ["amd64"], **more})["version"]


def test_a_clean_tree_has_the_version_of_its_last_commit(builder, committed):
    assert version(builder, committed, dirty="refuse") == git(committed, "rev-parse", "--short=12", "HEAD")


def test_a_tag_gives_the_version_its_name(builder, committed):
    git(committed, "tag", "v1.2.0")
    assert version(builder, committed) == "v1.2.0"
    (committed / "main.go").write_text(MAIN + "\n// more\n")
    identity = commit(committed)
    assert version(builder, committed) == f"v1.2.0-1-g{identity}"


def test_a_commit_outside_the_services_tree_changes_nothing(builder, tmp_path):
    repository = tmp_path / "mono"
    source = write_service(repository / "svc")
    git(repository, "init", "--quiet")
    first = commit(repository)
    (repository / "README").write_text("other")
    commit(repository)
    assert version(builder, source, dirty="refuse") == first
    (repository / "README").write_text("not committed")
    assert version(builder, source, dirty="refuse") == first


def test_a_changed_tracked_file_makes_it_dirty_and_is_named_when_that_is_refused(builder, committed):
    clean = version(builder, committed)
    (committed / "main.go").write_text(MAIN + "\n// more\n")
    assert version(builder, committed) == f"{clean}-dirty"
    assert "main.go" in builder.refused({"source": str(committed), "dirty": "refuse"})


@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.parametrize("name", ["extra.go", "extra_arm64.go", "embedded.txt"])
def test_an_untracked_file_that_the_build_uses_makes_it_dirty_even_if_git_ignores_it(
    builder, service, name, ignored
):
    if name.endswith(".txt"):
        (service / "kept.txt").write_text("kept")
        (service / "embed.go").write_text(
            'package main\n\nimport "embed"\n\n//go:embed *.txt\nvar Files embed.FS\n'
        )
    (service / ".gitignore").write_text("extra*\nembedded*\n" if ignored else "")
    git(service, "init", "--quiet")
    clean = commit(service)
    assert version(builder, service, dirty="refuse") == clean
    (service / name).write_text("package main\n")
    assert version(builder, service) == f"{clean}-dirty"
    assert name in builder.refused({"source": str(service), "dirty": "refuse"})


@pytest.mark.parametrize("name", ["notes.md", "main_test.go", "build.log"])
def test_an_untracked_file_that_no_build_uses_leaves_it_clean(builder, committed, name):
    clean = version(builder, committed)
    (committed / name).write_text("package main\n")
    assert version(builder, committed, dirty="refuse") == clean


def test_a_deleted_tracked_file_makes_it_dirty(builder, service):
    (service / "more.go").write_text("package main\n")
    git(service, "init", "--quiet")
    commit(service)
    (service / "more.go").unlink()
    assert "more.go" in builder.refused({"source": str(service), "dirty": "refuse"})


def test_outside_git_the_version_follows_the_content_and_not_the_place(builder, tmp_path):
    here, there = write_service(tmp_path / "a"), write_service(tmp_path / "b" / "c")
    first = version(builder, here)
    assert first.startswith("src-")
    assert version(builder, there) == first
    (there / "main.go").write_text(MAIN + "\n// more\n")
    assert version(builder, there) != first


def test_outside_git_files_that_no_build_uses_do_not_change_the_version(builder, service):
    first = version(builder, service)
    (service / "notes.md").write_text("notes")
    assert version(builder, service) == first


def test_a_tree_that_was_never_committed_is_refused_when_only_commits_may_be_released(builder, service):
    git(service, "init", "--quiet")
    assert version(builder, service).startswith("src-")
    assert "main.go" in builder.refused({"source": str(service), "dirty": "refuse"})


def test_a_shallow_clone_is_refused_when_only_commits_may_be_released(builder, committed, tmp_path):
    (committed / "notes.md").write_text("notes")
    commit(committed)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{committed}", clone], check=True)
    assert "git fetch --unshallow" in builder.refused({"source": str(clone), "dirty": "refuse"})


def test_a_tag_that_the_linker_could_misread_is_refused(builder, committed):
    git(committed, "tag", "v1'x")
    assert "v1'x" in builder.refused({"source": str(committed)})


def test_a_repository_that_git_distrusts_is_not_taken_for_no_repository(builder, committed):
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory to somebody else")
    for path in [committed, *committed.rglob("*")]:
        os.chown(path, 12345, 12345)
    assert "dubious ownership" in builder.refused({"source": str(committed)})
