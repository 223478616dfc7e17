"""Build tags, values for variables, symbols, and tests before the build."""

from pathlib import Path

import pytest

from gobuild import toolchain
from tests.gobuild.go_services import MAIN, Builder, commit, git, uses_library, write_library, write_service

ONE = {"architectures": ["amd64"]}


def contains(result: dict, text: str) -> bool:
    return text.encode() in Path(result["artifacts"]["amd64"]["path"]).read_bytes()


@pytest.fixture
def tagged(service: Path) -> Path:
    """A service that says which of two files it was built from."""
    (service / "main.go").write_text("package main\n\nfunc main() { println(kind) }\n")
    (service / "dev.go").write_text('//go:build !prod\n\npackage main\n\nconst kind = "the dev program"\n')
    (service / "prod.go").write_text('//go:build prod\n\npackage main\n\nconst kind = "the prod program"\n')
    return service


def test_tags_choose_the_files(builder: Builder, tagged: Path):
    assert contains(builder.good({"source": str(tagged), **ONE}), "the dev program")
    assert contains(builder.good({"source": str(tagged), "tags": ["prod"], **ONE}), "the prod program")


def test_a_file_that_only_a_tag_takes_in_counts_with_that_tag_alone(builder, tagged):
    git(tagged, "init", "--quiet")
    clean = commit(tagged)
    (tagged / "prod.go").write_text((tagged / "prod.go").read_text().replace("the prod", "another"))
    git(tagged, "update-index", "--force-remove", "prod.go")
    git(tagged, "commit", "--quiet", "--message", "untracked")
    spec = {"source": str(tagged), "dirty": "refuse", **ONE}
    assert builder.good(spec)["version"] != clean
    assert "prod.go" in builder.refused({**spec, "tags": ["prod"]})


def test_where_all_files_need_a_tag_the_setting_is_named(builder, tagged):
    (tagged / "dev.go").unlink()
    (tagged / "main.go").write_text("//go:build prod\n\n" + (tagged / "main.go").read_text())
    (tagged / "main_windows.go").write_text("package main\n")
    done = builder({"source": str(tagged)})
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "main.go wants 'prod'" in last
    assert "main_windows.go is for another system by its name" in last
    assert "'service.tags'" in last


@pytest.mark.parametrize(
    ("tag", "word"),
    [
        ("-race", "none"),
        ("a,b", "one tag for each entry"),
        ("windows", "Linux"),
        ("arm64", "follows from the hosts"),
        ("cgo", "without cgo"),
        ("race", "Go itself"),
        ("go1.27", "Go itself"),
    ],
)
def test_a_tag_that_is_not_for_a_person_to_set_is_refused(builder, tagged, tag, word):
    message = builder.refused({"source": str(tagged), "tags": [tag]})
    assert repr(tag) in message
    assert word in message


@pytest.fixture
def versioned(service: Path) -> Path:
    """A committed service with a package for its version."""
    package = service / "internal" / "version"
    package.mkdir(parents=True)
    (package / "version.go").write_text(
        'package version\n\nvar (\n\tVersion = "unset"\n\tCommit, Time string\n\tNumber = 1\n)\n\nconst Fixed = "x"\n\n'
        'var Called = func() string { return "x" }()\n'
    )
    (service / "main.go").write_text(
        'package main\n\nimport "svc/internal/version"\n\nvar version_ = "devel"\n\n'
        "func main() { println(version_, version.Version, version.Commit, version.Time, version.Number) }\n"
    )
    git(service, "init", "--quiet")
    commit(service)
    return service


def test_variables_get_the_version_the_commit_and_the_commits_time(builder, versioned):
    git(versioned, "tag", "v1.2.3")
    variables = {
        "svc/internal/version.Version": "is {version}",
        "svc/internal/version.Commit": "it's {commit}",
        "svc/internal/version.Time": 'at "{time}"',
        "main.version_": "plain",
    }
    built = builder.good({"source": str(versioned), "variables": variables, "dirty": "refuse", **ONE})
    assert contains(built, "is v1.2.3")
    assert contains(built, f"it's {git(versioned, 'rev-parse', 'HEAD')}")
    assert contains(built, 'at "2024-05-06T07:08:09Z"')
    assert builder.good({"source": str(versioned), "variables": variables, "dirty": "refuse", **ONE}) == built


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        (
            "svc/internal/version.version",
            "x",
            ["no string variable of svc/internal/version", "var version string"],
        ),
        ("svc/internal/version.Fixed", "x", ["no string variable"]),
        ("svc/internal/version.Called", "x", ["no string variable"]),
        ("svc/version.Version", "x", ["no part of the program", "svc/internal/version.Version"]),
        ("svc.version_", "x", ["write main.version_"]),
        ("main.missing", "x", ["no string variable of main"]),
        ("version", "x", ["'version' is none", "main.commit"]),
        ("main.version_", "{branch}", ["{branch}", "{commit}"]),
        ("main.version_", "two\nlines", ["one line"]),
        ("main.version_", "'\"", ["one kind of quotes"]),
    ],
)
def test_a_variable_that_the_linker_would_silently_ignore_is_refused(builder, versioned, name, value, words):
    message = builder.refused({"source": str(versioned), "variables": {name: value}, **ONE})
    assert all(word in message for word in words), message


def test_symbols_stay_in_on_demand(builder, committed):
    stripped, whole = (
        builder.good({"source": str(committed), "strip": strip, **ONE})["artifacts"]["amd64"]
        for strip in (True, False)
    )
    assert whole["size"] > stripped["size"]
    assert b".debug_" not in Path(stripped["path"]).read_bytes()
    assert b".debug_" in Path(whole["path"]).read_bytes()


def test_a_package_can_be_named_in_every_usual_way(builder, tmp_path):
    source = write_service(tmp_path / "many")
    (source / "go.mod").write_text("module example.com/many\n\ngo 1.27\n")
    for name in ("shop", "tool"):
        (source / "cmd" / name).mkdir(parents=True)
        (source / "cmd" / name / "main.go").write_text(MAIN)
    (source / "main.go").unlink()
    ways = ("./cmd/shop", "cmd/shop", "cmd/shop/", "example.com/many/cmd/shop")
    built = [builder.good({"source": str(source), "package": each, **ONE})["artifacts"] for each in ways]
    built.append(
        builder.good({"source": str(source / "cmd"), "package": "example.com/many/cmd/shop", **ONE})[
            "artifacts"
        ]
    )
    assert all(each == built[0] for each in built)
    assert "there are ./cmd/shop, ./cmd/tool" in builder.refused({"source": str(source)})
    assert "name its directory, 'cmd/shop'" in builder.refused(
        {"source": str(source), "package": "cmd/shop/main.go"}
    )


def test_a_service_whose_tests_fail_is_not_built(builder, service):
    (service / "main_test.go").write_text(
        'package main\n\nimport "testing"\n\nfunc TestIt(t *testing.T) {\n\tif version != "right" {\n'
        '\t\tt.Fatal("version is", version)\n\t}\n}\n'
    )
    spec = {"source": str(service), "test": True, **ONE}
    done = builder(spec)
    assert (done.returncode, done.stdout) == (1, "")
    assert "version is devel" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("go test refuses this code")
    assert builder.good({**spec, "test": False})["tested"] is None
    (service / "main.go").write_text(MAIN.replace("devel", "right"))
    assert builder.good(spec)["tested"] == 1


def test_a_service_that_vet_refuses_is_not_built(builder, service):
    (service / "main.go").write_text(
        'package main\n\nimport "fmt"\n\nvar version = "x"\n\nfunc main() { fmt.Printf("%d\\n", version) }\n'
    )
    done = builder({"source": str(service), "test": True, **ONE})
    assert "wrong type" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("go vet refuses this code")


@pytest.mark.parametrize("joined", ["replace", "vendor", "workspace"])
def test_of_other_modules_only_those_of_the_workspace_are_tested(builder, service, joined):
    library = write_library(service.parent / "lib")
    (library / "lib_test.go").write_text(
        'package lib\n\nimport "testing"\n\nfunc TestIt(t *testing.T) { t.Fatal("of lib") }\n'
    )
    replace = "\nrequire example.com/lib v1.0.0\n\nreplace example.com/lib v1.0.0 => ../lib\n"
    uses_library(service, "" if joined == "workspace" else replace)
    if joined == "vendor":
        assert toolchain.find().run(["mod", "vendor"], directory=service).returncode == 0
    if joined == "workspace":
        (service.parent / "go.work").write_text(f"go 1.27\n\nuse (\n\t./lib\n\t./{service.name}\n)\n")
        assert "of lib" in builder({"source": str(service), "test": True, **ONE}).stderr
    else:
        assert builder.good({"source": str(service), "test": True, **ONE})["tested"] == 1
