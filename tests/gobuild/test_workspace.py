"""A go.work is followed as `go build` follows it, and counts among what a service is made from."""

from pathlib import Path

import pytest

from gobuild import toolchain
from tests.gobuild.go_services import Builder, commit, git, uses_library, write_library, write_service

SPEC = {"architectures": ["amd64"], "dirty": "refuse"}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Two modules that only a go.work joins, committed."""
    place = tmp_path / "ws"
    uses_library(write_service(place / "svc"))
    write_library(place / "lib")
    (place / "go.work").write_text("go 1.27\n\nuse (\n\t./lib\n\t./svc\n)\n")
    git(place, "init", "--quiet")
    commit(place)
    return place


def test_modules_that_only_a_workspace_joins_are_built(builder: Builder, workspace: Path):
    result = builder.good({"source": str(workspace / "svc"), **SPEC})
    assert result["version"] == git(workspace, "rev-parse", "--short=12", "HEAD")


@pytest.mark.parametrize("name", ["lib/lib.go", "go.work", "go.work.sum", "lib/go.mod"])
def test_what_the_workspace_adds_is_part_of_the_version(builder: Builder, workspace: Path, name: str):
    spec = {"source": str(workspace / "svc"), "architectures": ["amd64"]}
    clean = builder.good(spec)["version"]
    with (workspace / name).open("a") as file:
        file.write("\n// more\n" if name != "go.work.sum" else "example.com/x v1.0.0 h1:x=\n")
    assert builder.good(spec)["version"] == f"{clean}-dirty"
    assert f"../{name}" in builder.refused({**spec, "dirty": "refuse"})
    commit(workspace)
    assert builder.good({**spec, "dirty": "refuse"})["version"] not in (clean, f"{clean}-dirty")


def test_a_module_of_the_workspace_that_the_service_does_not_use_changes_nothing(builder, workspace):
    write_library(workspace / "other")
    (workspace / "other" / "go.mod").write_text("module example.com/other\n\ngo 1.27\n")
    (workspace / "go.work").write_text("go 1.27\n\nuse (\n\t./lib\n\t./svc\n\t./other\n)\n")
    clean = commit(workspace)
    (workspace / "other" / "lib.go").write_text("package lib\n")
    assert builder.good({"source": str(workspace / "svc"), **SPEC})["version"] == clean


def test_a_workspace_that_does_not_list_the_module_is_none_of_its_business(builder, committed, tmp_path):
    plain = builder.good({"source": str(committed), **SPEC})
    (tmp_path / "go.work").write_text("go 1.27\n\nuse ./nowhere\n")
    assert builder.good({"source": str(committed), **SPEC}) == plain


def test_a_workspace_that_no_commit_holds_is_refused_and_can_be_left_out(builder, committed, tmp_path):
    plain = builder.good({"source": str(committed), **SPEC})
    (tmp_path / "go.work").write_text("go 1.27\n\nuse ./service\n")
    message = builder.refused({"source": str(committed), **SPEC})
    assert "../go.work, which lies in no git repository" in message
    assert builder.good({"source": str(committed), "workspace": False, **SPEC}) == plain


def test_without_the_workspace_one_sentence_says_why_its_modules_are_not_found(builder, workspace):
    done = builder({"source": str(workspace / "svc"), "workspace": False, **SPEC})
    assert "no required module provides package example.com/lib" in done.stderr
    last = done.stderr.splitlines()[-1]
    assert str(workspace / "go.work") in last
    assert "go work use" in last


def test_a_directory_that_the_workspace_names_and_that_is_not_there_is_named(builder, workspace):
    (workspace / "go.work").write_text("go 1.27\n\nuse (\n\t./lib\n\t./svc\n\t./gone\n)\n")
    done = builder({"source": str(workspace / "svc"), **SPEC})
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "../gone, which go.mod or go.work names, holds no module: correct"
    )


def test_a_vendored_workspace_is_built_from_its_copies(builder, workspace):
    write_library(workspace / "third", "vendored")
    (workspace / "third" / "go.mod").write_text("module example.com/third\n\ngo 1.27\n")
    (workspace / "lib" / "go.mod").write_text(
        "module example.com/lib\n\ngo 1.27\n\nrequire example.com/third v1.0.0\n\n"
        "replace example.com/third v1.0.0 => ../third\n"
    )
    (workspace / "lib" / "lib.go").write_text(
        'package lib\n\nimport "example.com/third"\n\nfunc Word() string { return lib.Word() }\n'
    )
    go = toolchain.find().within(GOWORK=str(workspace / "go.work"))
    assert go.run(["work", "vendor"], directory=workspace).returncode == 0
    git(workspace, "rm", "-r", "--quiet", "--cached", "--ignore-unmatch", "third")
    (workspace / ".gitignore").write_text("/third\n")
    clean = commit(workspace)
    spec = {"source": str(workspace / "svc"), **SPEC}
    assert builder.good(spec)["version"] == clean
    with (workspace / "vendor" / "example.com" / "third" / "lib.go").open("a") as file:
        file.write("\n// changed\n")
    assert "../vendor/example.com/third/lib.go" in builder.refused(spec)
