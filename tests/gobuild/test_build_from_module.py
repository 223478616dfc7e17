"""Building a published module at one version, through the Go module proxy and the checksum database."""

import json
from pathlib import Path

import pytest

from gobuild import toolchain
from tests.gobuild.go_services import MAIN, serve

HTTPBIN = "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin"
SPEC = {"name": "httpbin", "module": HTTPBIN, "version": "v2.26.0"}
# As the checksum database has it: https://sum.golang.org/lookup/github.com/mccutchen/go-httpbin/v2@v2.26.0
SUM = "h1:JbKBrX9F9wjwXedIJkWe+jjYRjysHZrWKgJRPDSIxVw="


def test_a_module_is_built_for_both_architectures_and_kept_with_its_checksum(builder):
    result = builder.good(SPEC)
    assert result["version"] == "v2.26.0"
    assert set(result["artifacts"]) == {"amd64", "arm64"}
    for artifact in result["artifacts"].values():
        document = json.loads(Path(artifact["sbom"]).read_text())
        assert SUM in document["packages"][0]["sourceInfo"]
        assert document["creationInfo"]["created"].startswith("20"), "the time of the module's version"


def test_a_module_that_was_built_before_is_not_asked_for_again(builder):
    first = builder.good(SPEC)
    assert builder.good(SPEC, GOPROXY="off", GOMODCACHE=str(builder.out / "empty")) == first


def test_a_kept_module_that_was_damaged_is_built_again(builder):
    spec = {**SPEC, "architectures": ["arm64"]}
    first = builder.good(spec)
    path = Path(first["artifacts"]["arm64"]["path"])
    path.write_bytes(path.read_bytes()[:-1])
    assert builder.good(spec) == first
    assert path.stat().st_size == first["artifacts"]["arm64"]["size"]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"version": "v2.0.999"}, ["v2.0.999", "cannot be had"]),
        ({"module": HTTPBIN + "-not"}, ["go-httpbin-not@v2.26.0", "does not contain package"]),
        ({"module": "github.com/mccutchen/go-httpbin/v2/httpbin"}, ["is not a main package"]),
    ],
)
def test_a_module_that_cannot_be_had_is_refused_with_its_name(builder, spec, words):
    message = builder.refused({**SPEC, **spec})
    assert all(word in message for word in words), message


def test_code_that_does_not_match_the_checksum_database_is_refused(builder, tmp_path):
    module = "github.com/mccutchen/go-httpbin/v2"
    other = {"go.mod": f"module {module}\n\ngo 1.22\n", "cmd/go-httpbin/main.go": MAIN}
    serve(tmp_path / "proxy", module, "v2.26.0", other)
    # The second proxy passes on what the checksum database says; the first serves the module.
    proxies = f"{(tmp_path / 'proxy').as_uri()},{toolchain.find().environment['GOPROXY']}"
    message = builder.refused(SPEC, GOPROXY=proxies, GOMODCACHE=str(tmp_path / "modcache"))
    assert "is not what its checksum promises" in message
    assert "checksum mismatch" in message


@pytest.fixture
def private(tmp_path):
    """Prepares a private module whose go.sum has the given sum for its dependency: specification, environment."""

    def prepare(number: int, dependency_sum: str | None) -> tuple[dict, dict[str, str]]:
        place = tmp_path / str(number)
        dependency = {
            "go.mod": "module example.com/dep\n\ngo 1.27\n",
            "dep.go": "package dep\n\nconst Word = 1\n",
        }
        go_mod = "module example.com/app\n\ngo 1.27\n\nrequire example.com/dep v1.0.0\n"
        main = 'package main\n\nimport "example.com/dep"\n\nfunc main() { println(dep.Word) }\n'
        app = {"go.mod": go_mod, "cmd/app/main.go": main}
        if dependency_sum:
            app["go.sum"] = f"example.com/dep v1.0.0 {dependency_sum}\n"
        serve(place, "example.com/dep", "v1.0.0", dependency)
        serve(place, "example.com/app", "v1.0.0", app)
        surroundings = {
            "GOPROXY": place.as_uri(),
            "GONOSUMDB": "example.com",
            "GOMODCACHE": str(place / "cache"),
        }
        spec = {
            "name": f"app{number}",
            "module": "example.com/app/cmd/app",
            "version": "v1.0.0",
            "architectures": ["arm64"],
        }
        return spec, surroundings

    return prepare


def test_a_dependency_that_differs_from_the_modules_own_go_sum_is_refused(builder, private):
    spec, surroundings = private(1, None)
    sbom = Path(builder.good(spec, **surroundings)["artifacts"]["arm64"]["sbom"])
    packages = {each["name"]: each for each in json.loads(sbom.read_text())["packages"]}
    right = packages["example.com/dep"]["sourceInfo"]

    spec, surroundings = private(2, right)
    builder.good(spec, **surroundings)

    spec, surroundings = private(3, "h1:" + "A" * 43 + "=")
    message = builder.refused(spec, **surroundings)
    assert f"example.com/dep v1.0.0 is {right}" in message
    assert "go.sum of example.com/app@v1.0.0 says h1:AAA" in message
