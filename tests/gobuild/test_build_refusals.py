"""What cannot be built is refused in one sentence; a compile error is the compiler's own."""

import subprocess
import sys

import pytest

from tests.gobuild.go_services import MAIN, PROJECT, write_service


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("", ["one JSON object"]),
        ("[1]", ["one JSON object", "[1]"]),
        ({}, ["either 'source'", "or 'module'"]),
        ({"source": ".", "module": "example.com/a/b"}, ["not both"]),
        ({"source": ".", "flags": "-race"}, ["'flags' is unknown", "package"]),
        ({"source": ".", "version": "v1.0.0"}, ["'version' is unknown"]),
        ({"source": "examples/nowhere"}, ["'examples/nowhere' is not a directory"]),
        ({"source": "docs"}, ["no Go package", "'docs'"]),
        (
            {"source": "examples/greeter", "package": "./cmd/none"},
            ["no Go package", "examples/greeter/cmd/none"],
        ),
        ({"source": "examples/greeter", "package": "./..."}, ["'./...'", "one directory"]),
        ({"source": "examples/greeter", "package": "../other"}, ["'../other'", "inside the source"]),
        ({"source": ".", "dirty": "maybe"}, ["'maybe'", "'allow' or 'refuse'"]),
        ({"source": ".", "architectures": []}, ["'architectures'", "amd64, arm64"]),
        ({"source": ".", "architectures": ["x86_64"]}, ["'x86_64'", "write 'amd64'"]),
        ({"source": ".", "levels": {"amd64": "v9"}}, ["'v9'", "GOAMD64 must be v1, v2, v3 or v4"]),
        ({"source": ".", "name": "../up"}, ["'../up'", "lower-case"]),
        ({"source": ""}, ["'source' must be a non-empty string"]),
        ({"module": "example.com/a/b"}, ["no 'version'"]),
        ({"module": "example.com/a/b", "version": "latest"}, ["'latest'", "full version"]),
        ({"module": "-toolexec=/bin/sh", "version": "v1.0.0"}, ["'-toolexec=/bin/sh'"]),
    ],
)
def test_a_wrong_specification_is_refused_with_the_value_and_what_is_allowed(builder, spec, words):
    message = builder.refused(spec)
    assert all(word in message for word in words), message
    assert not builder.out.exists(), "a refused specification must leave nothing behind"


def test_a_directory_without_a_go_mod_is_refused(builder, tmp_path):
    (tmp_path / "main.go").write_text(MAIN)
    assert "no go.mod" in builder.refused({"source": str(tmp_path)})


def test_a_package_that_is_no_program_is_refused(builder, tmp_path):
    source = write_service(tmp_path / "library")
    (source / "main.go").write_text("package svc\n\nfunc F() {}\n")
    message = builder.refused({"source": str(source)})
    assert "is not 'package main'" in message


def test_a_source_date_epoch_that_is_no_number_is_refused(builder, service):
    assert "'yesterday'" in builder.refused({"source": str(service)}, SOURCE_DATE_EPOCH="yesterday")


def test_a_compile_error_shows_the_compilers_lines_once_and_nothing_else(builder, service):
    (service / "main.go").write_text("package main\n\nfunc main() { undefined() }\n")
    done = builder({"source": str(service)})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "# svc\n./main.go:3:15: undefined: undefined\n"


def test_an_error_on_one_architecture_only_fails_the_whole_build_and_is_shown(builder, service):
    (service / "only_arm64.go").write_text("package main\n\nvar _ int = missing\n")
    done = builder({"source": str(service)})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "# svc\n./only_arm64.go:3:13: undefined: missing\n"


def test_a_failed_build_keeps_the_binary_of_the_last_good_one(builder, service):
    first = builder.good({"source": str(service)})
    (service / "main.go").write_text("package main\n\nfunc main() { undefined() }\n")
    assert builder({"source": str(service)}).returncode == 1
    (service / "main.go").write_text(MAIN)
    assert builder.good({"source": str(service)}) == first


def test_a_service_that_needs_a_newer_go_is_told_so_by_go(builder, service):
    (service / "go.mod").write_text("module svc\n\ngo 1.99\n")
    done = builder({"source": str(service)})
    assert (done.returncode, done.stdout) == (1, "")
    assert "requires go >= 1.99" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_shows_the_specification_and_the_exit_codes():
    done = subprocess.run(
        [sys.executable, "-m", "gobuild", "--help"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert '"architectures": ["amd64", "arm64"]' in done.stdout
    assert "Exit codes" in done.stdout
