"""Published modules of every shape: where the main package lies, how versions are written, what their authors say since."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gobuild.go_services import MAIN, Builder, serve, write_profile

ONE = {"architectures": ["amd64"]}
Published = Callable[..., dict[str, str]]


@pytest.fixture
def published(tmp_path: Path) -> Published:
    """Publishes modules at a proxy; gives the surroundings to build with."""

    def publish(module: str, *versions: str, go_mod: str = "", **files: str) -> dict[str, str]:
        for version in versions:
            text = f"module {module}\n\ngo 1.24\n\n{go_mod}"
            serve(tmp_path / "proxy", module, version, {"go.mod": text, **files})
        return {
            "GOPROXY": (tmp_path / "proxy").as_uri(),
            "GONOSUMDB": "*",
            "GOMODCACHE": str(tmp_path / "cache"),
        }

    return publish


@pytest.mark.parametrize(
    ("module", "version", "package"),
    [
        ("example.com/tool", "v1.0.0", "example.com/tool"),
        ("example.com", "v0.3.0", "example.com/cmd/tool"),
        ("example.com/team/tool/v2", "v2.1.0", "example.com/team/tool/v2/cmd/tool"),
        ("example.com/mono/cmd/tool", "v1.2.3-rc.1", "example.com/mono/cmd/tool"),
        ("example.com/old", "v3.0.0+incompatible", "example.com/old/cmd/tool"),
        ("example.com/pseudo", "v0.0.0-20240506070809-0123456789ab", "example.com/pseudo/cmd/tool"),
        ("gopkg.in/tool.v3", "v3.0.1", "gopkg.in/tool.v3"),
    ],
)
def test_a_main_package_of_any_module_is_built(
    builder: Builder, published: Published, module: str, version: str, package: str
):
    inside = package.removeprefix(module).lstrip("/")
    surroundings = published(module, version, **{f"{inside}/main.go".lstrip("/"): MAIN})
    built = builder.good({"module": package, "version": version, **ONE}, **surroundings)
    assert built["version"] == version
    assert built["warnings"] == []


def test_a_withdrawn_version_is_built_with_a_warning_each_time(builder, published):
    surroundings = published("example.com/tool", "v1.0.0", **{"main.go": MAIN})
    published("example.com/tool", "v1.0.1", go_mod="retract v1.0.0 // loses data\n", **{"main.go": MAIN})
    spec = {"module": "example.com/tool", "version": "v1.0.0", **ONE}
    (warning,) = builder.good(spec, **surroundings)["warnings"]
    assert "example.com/tool@v1.0.0 was withdrawn by its authors (loses data)" in warning
    assert builder.good(spec, **{**surroundings, "GOPROXY": "off"})["warnings"] == [warning]


def test_a_deprecated_module_is_built_with_a_warning(builder, published):
    surroundings = published("example.com/tool", "v1.0.0", **{"main.go": MAIN})
    served = Path(surroundings["GOPROXY"].removeprefix("file://"), "example.com/tool/@v/v1.0.0.mod")
    text = "// Deprecated: use example.com/better\n" + served.read_text()
    serve(served.parents[3], "example.com/tool", "v1.0.0", {"go.mod": text, "main.go": MAIN})
    (warning,) = builder.good({"module": "example.com/tool", "version": "v1.0.0", **ONE}, **surroundings)[
        "warnings"
    ]
    assert "example.com/tool is deprecated by its authors: use example.com/better" in warning


def test_a_module_that_replaces_others_is_refused_with_the_way_to_have_it(builder, published):
    go_mod = "replace example.com/lib => ../lib\n"
    surroundings = published("example.com/tool", "v1.0.0", go_mod=go_mod, **{"main.go": MAIN})
    message = builder.refused({"module": "example.com/tool", "version": "v1.0.0", **ONE}, **surroundings)
    assert "check it out at that version, and set 'source'" in message


@pytest.mark.parametrize(
    ("module", "version", "words"),
    [
        ("https://example.com/tool", "v1.0.0", ["write 'example.com/tool'"]),
        ("example.com/tool@v1.2.3", "v1.0.0", ["write 'example.com/tool'", "version 'v1.2.3'"]),
        ("example.com/tool", "1.0.0", ["write 'v1.0.0'"]),
        ("example.com/tool", "latest", ["'latest'", "same code tomorrow"]),
        ("example.com/tool", "main", ["'main'", "full version"]),
        ("example.com/tool", "v1", ["'v1'", "full version"]),
    ],
)
def test_another_way_of_writing_is_refused_with_the_right_one(builder, module, version, words):
    message = builder.refused({"module": module, "version": version})
    assert all(word in message for word in words), message


def test_tags_variables_and_profiles_are_part_of_what_a_kept_binary_was_made_from(builder, published):
    main = MAIN.replace("func", 'var flavour = "plain"\n\nfunc').replace("(version)", "(version, flavour)")
    surroundings = published(
        "example.com/tool",
        "v1.0.0",
        **{"main.go": main, "more.go": "//go:build more\n\npackage main\n\nfunc init() { println(1) }\n"},
    )
    spec = {"module": "example.com/tool", "version": "v1.0.0", **ONE}
    options = [{}, {"variables": {"main.flavour": "of {version}"}}, {"tags": ["more"]}, {"strip": False}]
    sums = [builder.good(spec | each, **surroundings)["artifacts"]["amd64"]["sha256"] for each in options]
    assert len(set(sums)) == len(options)
    assert "no string variable of main" in builder.refused(
        spec | {"variables": {"main.flavor": "x"}}, **surroundings
    ).replace("example.com/tool", "main")
    assert "{commit}, which only a service with 'source' has" in builder.refused(
        spec | {"variables": {"main.flavour": "{commit}"}}, **surroundings
    )


def test_a_published_program_that_loses_cgo_files_is_built_with_a_warning_or_refused(builder, published):
    cgo = 'package store\n\nimport "C"\n\nfunc Open() {}\n'
    main = 'package main\n\nimport "example.com/tool/store"\n\nfunc main() { store.Open() }\n'
    files = {"cmd/tool/main.go": main, "store/store.go": cgo}
    surroundings = published("example.com/tool", "v1.0.0", **files)
    spec = {"module": "example.com/tool/cmd/tool", "version": "v1.0.0"}
    done = builder(spec, **surroundings)
    assert done.returncode == 1
    assert "example.com/tool/store needs cgo (nothing of it is left without)" in done.stderr
    mock = "//go:build !cgo\n\npackage store\n\nfunc Open() {}\n"
    published("example.com/tool", "v1.0.1", **files, **{"store/mock.go": mock})
    (warning,) = builder.good(spec | {"version": "v1.0.1"}, **surroundings)["warnings"]
    assert "example.com/tool/store needs cgo for a part of it" in warning


def test_another_profile_in_the_same_place_is_another_build(builder, published, tmp_path):
    surroundings = published("example.com/tool", "v1.0.0", **{"main.go": MAIN})
    profile = tmp_path / "place" / "cpu.pprof"
    profile.parent.mkdir()
    write_profile(profile)
    spec = {"module": "example.com/tool", "version": "v1.0.0", "profile": str(profile), **ONE}
    assert builder.good(spec, **surroundings) == builder.good(spec, **surroundings)
    profile.write_text("no profile")
    assert builder(spec, **surroundings).returncode == 1
