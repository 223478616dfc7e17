"""A package that loses files because programs are built without cgo is named at build time."""

from pathlib import Path

import pytest

from tests.gobuild.go_services import Builder, write_service

_CGO = (
    'package store\n\n// int one(void) { return 1; }\nimport "C"\n\nfunc Open() int { return int(C.one()) }\n'
)


@pytest.fixture
def store(service: Path) -> Path:
    """A service with a package that is written for cgo."""
    (service / "store").mkdir()
    (service / "store" / "store.go").write_text(_CGO)
    (service / "main.go").write_text(
        'package main\n\nimport "svc/store"\n\nfunc main() { println(store.Open()) }\n'
    )
    return service


def test_a_package_that_loses_its_cgo_files_is_named_once_for_all_architectures(
    builder: Builder, store: Path
):
    (store / "store" / "mock.go").write_text(
        "//go:build !cgo\n\npackage store\n\nfunc Open() int { panic(1) }\n"
    )
    (store / "store" / "only_arm64.go").write_text('package store\n\nimport "C"\n')
    (warning,) = builder.good({"source": str(store)})["warnings"]
    assert "svc/store needs cgo" in warning
    assert "store.go" in warning
    assert "only_arm64.go" in warning
    assert "pure Go" in warning


def test_a_package_of_which_nothing_is_left_is_refused_with_the_reason(builder, store):
    done = builder({"source": str(store)})
    assert done.returncode == 1
    assert "build constraints exclude all Go files" in done.stderr
    assert "svc/store needs cgo (nothing of it is left without)" in done.stderr
    assert done.stderr.count("nothing of it is left") == 1


def test_a_name_that_went_with_the_cgo_files_is_explained(builder, store):
    (store / "store" / "rest.go").write_text("package store\n\nvar Opened = Open()\n")
    done = builder({"source": str(store)})
    assert "undefined: Open" in done.stderr
    assert "svc/store needs cgo for a part of it" in done.stderr


def test_files_for_other_systems_and_go_own_packages_are_no_loss(builder, tmp_path):
    source = write_service(tmp_path / "plain")
    (source / "other_windows.go").write_text("package main\n")
    (source / "net.go").write_text('package main\n\nimport (\n\t_ "net"\n\t_ "os/user"\n)\n')
    assert builder.good({"source": str(source)})["warnings"] == []
