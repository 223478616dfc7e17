"""Every kind of file that a program is made from gives another version when it changes."""

import shutil
from pathlib import Path

import pytest

from gobuild import toolchain
from tests.gobuild.go_services import commit, git, uses_library, write_library, write_profile, write_service

_MAIN = """package main

import (
	_ "embed"

	"example.com/lib"
)

//go:embed word.txt
var word string

var version string

func add(a, b int) int

func main() { println(version, word, add(1, 2), lib.Word()) }
"""
_ADD = {
    "add_amd64.s": '#include "textflag.h"\n#include "add.h"\nTEXT ·add(SB), NOSPLIT, $0-24\n'
    "\tMOVQ a+0(FP), AX\n\tADDQ b+8(FP), AX\n\tADDQ $MORE, AX\n\tMOVQ AX, ret+16(FP)\n\tRET\n",
    "add_arm64.s": '#include "textflag.h"\n#include "add.h"\nTEXT ·add(SB), NOSPLIT, $0-24\n'
    "\tMOVD a+0(FP), R0\n\tMOVD b+8(FP), R1\n\tADD R0, R1, R0\n\tADD $MORE, R0, R0\n\tMOVD R0, ret+16(FP)\n\tRET\n",
    "add.h": "#define MORE 1\n",
}


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    """A vendored service with each kind of file, committed."""
    library = write_library(tmp_path / "lib")
    source = uses_library(
        write_service(tmp_path / "svc"),
        "\nrequire example.com/lib v1.0.0\n\nreplace example.com/lib v1.0.0 => ../lib\n",
    )
    for name, text in _ADD.items():
        (source / name).write_text(text)
    (source / "main.go").write_text(_MAIN)
    (source / "word.txt").write_text("one")
    assert toolchain.find().run(["mod", "vendor"], directory=source).returncode == 0
    (library / "go.mod").unlink()  # with vendor/ nobody needs it
    (source / "go.sum").write_text("")
    git(source, "init", "--quiet")
    commit(source)
    return source


OTHER_BYTES = {
    "main.go": ("(1, 2)", "(1, 3)"),
    "word.txt": ("one", "two"),
    "add_amd64.s": ("ADDQ b", "SUBQ b"),
    "add.h": ("MORE 1", "MORE 2"),
    "vendor/example.com/lib/lib.go": ("hello", "other"),
}
"""What is put in the place of what."""


@pytest.mark.parametrize("name", [*OTHER_BYTES, "add_arm64.s", "go.mod", "go.sum", "vendor/modules.txt"])
def test_a_change_gives_another_version_and_where_it_matters_other_bytes(builder, everything, name):
    spec = {"source": str(everything), "architectures": ["amd64"]}
    clean = builder.good({**spec, "dirty": "refuse"})
    text = (everything / name).read_text()
    (everything / name).write_text(text.replace(*OTHER_BYTES[name]) if name in OTHER_BYTES else text + "\n")
    assert name in builder.refused({**spec, "dirty": "refuse"})
    changed = builder.good(spec)
    assert changed["version"] == f"{clean['version']}-dirty"
    commit(everything)
    assert builder.good({**spec, "dirty": "refuse"})["version"] not in (clean["version"], changed["version"])


def test_each_file_that_decides_what_the_program_does_gives_other_bytes(builder, everything):
    spec = {"source": str(everything), "architectures": ["amd64"], "variables": {"main.version": "fixed"}}
    seen = [builder.good(spec)["artifacts"]["amd64"]["sha256"]]
    for name, change in OTHER_BYTES.items():
        path = everything / name
        path.write_text(path.read_text().replace(*change))
        seen.append(builder.good(spec)["artifacts"]["amd64"]["sha256"])
    assert len(set(seen)) == 1 + len(OTHER_BYTES)


@pytest.mark.parametrize("name", ["extra.go", "extra_arm64.s", "extra.h", "extra.syso", "vendor/modules.txt"])
def test_a_new_file_of_any_kind_that_go_would_take_is_no_part_of_the_commit(builder, committed, name):
    (committed / name).parent.mkdir(exist_ok=True)
    (committed / name).write_text("package main\n" if name.endswith(".go") else "")
    (committed / ".gitignore").write_text("*\n")
    assert f"{name}, which git ignores" in builder.refused({"source": str(committed), "dirty": "refuse"})


@pytest.mark.parametrize("name", ["main.go", "word.txt", "add_arm64.s", "add.h", "go.mod", "go.sum"])
def test_outside_git_the_digest_follows_each_kind_of_file(builder, everything, name):
    shutil.rmtree(everything / ".git")
    spec = {"source": str(everything), "architectures": ["amd64"]}
    first = builder.good(spec)["version"]
    assert first.startswith("src-")
    (everything / name).write_text((everything / name).read_text() + "\n")
    assert builder.good(spec)["version"] not in (first, "")


def test_embedded_pointers_of_git_lfs_are_named(builder, everything):
    (everything / "word.txt").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    )
    (warning,) = builder.good({"source": str(everything)})["warnings"]
    assert "word.txt is a pointer of Git LFS" in warning
    assert "git lfs pull" in warning


@pytest.mark.parametrize("setting", [False, True])
def test_a_profile_is_part_of_the_version_whether_found_by_go_or_set(builder, committed, setting):
    spec = {"source": str(committed), "architectures": ["amd64"]}
    plain = builder.good(spec)
    profile = committed / ("cpu.pprof" if setting else "default.pgo")
    write_profile(profile)
    spec |= {"profile": str(profile)} if setting else {}
    assert profile.name in builder.refused({**spec, "dirty": "refuse"})
    commit(committed)
    built = builder.good({**spec, "dirty": "refuse"})
    assert built["version"] != plain["version"]
    again = builder.good(spec)
    assert again == built


def test_a_profile_that_is_not_there_is_refused(builder, committed):
    assert "'gone.pprof' is no file" in builder.refused({"source": str(committed), "profile": "gone.pprof"})
