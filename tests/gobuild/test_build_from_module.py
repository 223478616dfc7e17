"""Building a published module at one version, through the Go module proxy and the checksum database."""

import json
from pathlib import Path

import pytest

from gobuild import build, module, toolchain
from gobuild.refusal import Refused

HTTPBIN = "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin"
SPEC = {"name": "httpbin", "module": HTTPBIN, "version": "v2.26.0"}
# As the checksum database has it: https://sum.golang.org/lookup/github.com/mccutchen/go-httpbin/v2@v2.26.0
SUM = "h1:JbKBrX9F9wjwXedIJkWe+jjYRjysHZrWKgJRPDSIxVw="


@pytest.fixture(scope="module")
def info(tmp_path_factory):
    """The build information of a go-httpbin that was built once for these tests."""
    from go_services import Builder

    result = Builder(tmp_path_factory.mktemp("httpbin")).good({**SPEC, "architectures": ["arm64"]})
    return build.build_info(Path(result["artifacts"]["arm64"]["path"]), toolchain.find())


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
    """A proxy (here a directory) that serves other code under the same version."""
    import zipfile

    name = "github.com/mccutchen/go-httpbin/v2"
    served = tmp_path / "proxy" / name / "@v"
    served.mkdir(parents=True)
    (served / "v2.26.0.info").write_text('{"Version": "v2.26.0", "Time": "2024-01-01T00:00:00Z"}')
    (served / "v2.26.0.mod").write_text(f"module {name}\n\ngo 1.22\n")
    with zipfile.ZipFile(served / "v2.26.0.zip", "w") as archive:
        archive.writestr(f"{name}@v2.26.0/go.mod", f"module {name}\n\ngo 1.22\n")
        archive.writestr(f"{name}@v2.26.0/cmd/go-httpbin/main.go", "package main\n\nfunc main() {}\n")
    cache = tmp_path / "modcache"
    message = builder.refused(
        SPEC, GOPROXY=(tmp_path / "proxy").as_uri(), GOMODCACHE=str(cache), GOFLAGS="-modcacherw"
    )
    assert "is not what its checksum promises" in message
    assert "checksum mismatch" in message


def test_a_dependency_that_differs_from_the_modules_own_go_sum_is_refused(info, tmp_path):
    changed = {**info, "Deps": [{**each, "Sum": "h1:other="} for each in info.get("Deps", ())]}
    changed["Deps"] = changed["Deps"] or [{"Path": "none", "Version": "v0.0.0", "Sum": "h1:other="}]
    module.check_sums(info, toolchain.find(), tmp_path)
    if not info.get("Deps"):
        pytest.fail("go-httpbin has no dependency any more: take another module for this test")
    with pytest.raises(Refused, match="go.sum of .* says h1:"):
        module.check_sums(changed, toolchain.find(), tmp_path)
