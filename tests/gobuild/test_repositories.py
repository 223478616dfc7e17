"""Code that comes from several repositories, from submodules, or from a directory that is in none."""

import shutil
from pathlib import Path

import pytest

from tests.gobuild.go_services import Builder, commit, git, uses_library, write_library, write_service

ALLOW = {"architectures": ["amd64"]}
REFUSE = {**ALLOW, "dirty": "refuse"}
REPLACE = "\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../lib\n"


def repository(directory: Path) -> str:
    """Make it one, and commit what is there."""
    git(directory, "init", "--quiet")
    return commit(directory)


@pytest.fixture
def joined(tmp_path: Path) -> Path:
    """A service whose go.mod puts ../lib, in no repository as yet, in a module's place."""
    write_library(tmp_path / "lib")
    return uses_library(write_service(tmp_path / "svc"), REPLACE)


def test_each_tree_is_asked_in_its_own_repository_and_named_in_the_version(builder, joined):
    library = joined.parent / "lib"
    own, other = repository(joined), repository(library)
    assert builder.good({"source": str(joined), **REFUSE})["version"] == f"{own}+lib.{other}"
    (library / "lib.go").write_text('package lib\n\nfunc Word() string { return "two" }\n')
    message = builder.refused({"source": str(joined), **REFUSE})
    assert "not as committed: ../lib/lib.go;" in message
    assert builder.good({"source": str(joined), **ALLOW})["version"] == f"{own}+lib.{other}-dirty"
    assert builder.good({"source": str(joined), **ALLOW})["version"] != own
    again = commit(library)
    assert builder.good({"source": str(joined), **REFUSE})["version"] == f"{own}+lib.{again}"


def test_a_directory_in_no_repository_is_named_when_only_commits_may_be_released(builder, joined):
    repository(joined)
    message = builder.refused({"source": str(joined), **REFUSE})
    assert "../lib/go.mod, ../lib/lib.go, which lies in no git repository" in message
    assert "uncommitted: allow" in message
    before = builder.good({"source": str(joined), **ALLOW})["version"]
    assert before.startswith("src-")
    (joined.parent / "lib" / "lib.go").write_text('package lib\n\nfunc Word() string { return "two" }\n')
    assert builder.good({"source": str(joined), **ALLOW})["version"] not in ("", before)


@pytest.fixture
def outer(joined: Path) -> Path:
    """A repository with the service in it and the library as its submodule."""
    place = joined.parent / "outer"
    origin = joined.parent / "lib"
    repository(origin)
    place.mkdir()
    joined.rename(place / "svc")
    git(place, "init", "--quiet")
    git(place, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(origin), "lib")
    commit(place)
    return place


def test_a_submodule_is_held_by_the_commit_around_it(builder: Builder, outer: Path):
    clean = git(outer, "rev-parse", "--short=12", "HEAD")
    spec = {"source": str(outer / "svc")}
    assert builder.good({**spec, **REFUSE})["version"] == clean
    (outer / "lib" / "lib.go").write_text('package lib\n\nfunc Word() string { return "two" }\n')
    assert "../lib/lib.go" in builder.refused({**spec, **REFUSE})
    inner = commit(outer / "lib")
    message = builder.refused({**spec, **REFUSE})
    assert f"the submodule ../lib is at {inner}" in message
    assert builder.good({**spec, **ALLOW})["version"] == f"{clean}-dirty"
    moved = commit(outer)
    assert builder.good({**spec, **REFUSE})["version"] == moved != clean


def test_packages_of_a_submodule_inside_the_services_module_are_held_by_it_too(builder, tmp_path):
    origin = tmp_path / "parts"
    origin.mkdir()
    (origin / "part.go").write_text('package part\n\nconst Word = "one"\n')
    repository(origin)
    source = write_service(tmp_path / "svc")
    (source / "main.go").write_text(
        'package main\n\nimport "svc/part"\n\nfunc main() { println(part.Word) }\n'
    )
    git(source, "init", "--quiet")
    git(source, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(origin), "part")
    clean = commit(source)
    assert builder.good({"source": str(source), **REFUSE})["version"] == clean
    (source / "part" / "notes.md").write_text("no build uses this")
    assert builder.good({"source": str(source), **REFUSE})["version"] == clean
    (source / "part" / "more.go").write_text("package part\n")
    assert "part/more.go" in builder.refused({"source": str(source), **REFUSE})
    commit(source / "part")
    assert "the submodule part is at" in builder.refused({"source": str(source), **REFUSE})


def test_a_service_in_a_submodule_has_the_submodules_own_version(builder, tmp_path):
    origin = write_service(tmp_path / "origin")
    inner = repository(origin)
    place = tmp_path / "outer"
    place.mkdir()
    git(place, "init", "--quiet")
    git(place, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(origin), "svc")
    commit(place)
    assert builder.good({"source": str(place / "svc"), **REFUSE})["version"] == inner


@pytest.mark.parametrize(
    ("source", "submodule"), [("svcs/services/svc", "svcs"), ("svcs", "svcs"), ("main", "lib")]
)
def test_a_submodule_that_was_not_fetched_is_named_with_the_command(builder, tmp_path, source, submodule):
    services = tmp_path / "services"
    write_service(services / "services" / "svc")
    repository(services)
    write_library(tmp_path / "library")
    repository(tmp_path / "library")
    place = tmp_path / "outer"
    uses_library(write_service(place / "main"), REPLACE)
    git(place, "init", "--quiet")
    for name, origin in {"svcs": services, "lib": tmp_path / "library"}.items():
        git(place, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(origin), name)
    commit(place)
    git(tmp_path, "clone", "--quiet", str(place), "clone")
    done = builder({"source": str(tmp_path / "clone" / source), **REFUSE})
    assert done.returncode == 1
    assert f"git submodule update --init {submodule}'" in done.stderr.splitlines()[-1]


def test_a_replacement_that_nothing_needs_may_be_gone_as_it_may_for_go(builder, committed):
    (committed / "go.mod").write_text("module svc\n\ngo 1.27\n\nreplace example.com/gone => ../gone\n")
    clean = commit(committed)
    assert builder.good({"source": str(committed), **REFUSE})["version"] == clean


def test_ignored_files_that_are_embedded_are_explained_with_both_ways_out(builder, tmp_path):
    source = write_service(tmp_path / "page")
    (source / "main.go").write_text(
        'package main\n\nimport "embed"\n\n//go:embed all:dist\nvar page embed.FS\n\nfunc main() { _ = page }\n'
    )
    (source / ".gitignore").write_text("dist\n")
    (source / "dist").mkdir()
    for number in range(31):
        (source / "dist" / f"{number:02}.html").write_text("page")
    repository(source)
    message = builder.refused({"source": str(source), **REFUSE})
    assert "dist/00.html, dist/01.html, dist/02.html and 28 more, which git ignores" in message
    assert "embedded" in message
    assert "git add -f" in message
    assert "slipway:release: {uncommitted: allow}" in message
    assert "remove" not in message
    shutil.rmtree(source / "dist")
    done = builder({"source": str(source), **REFUSE})
    assert "pattern all:dist: no matching files found" in done.stderr
    assert "run first what makes it" in done.stderr


def test_a_worktree_gives_the_version_and_the_bytes_of_the_main_checkout(builder, committed, tmp_path):
    git(committed, "worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"))
    here, there = (builder.good({"source": str(each), **REFUSE}) for each in (committed, tmp_path / "tree"))
    assert here == there
