"""What every test of the build starts from."""

from pathlib import Path

import pytest

from tests.gobuild.go_services import Builder, commit, git, write_service


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    return Builder(tmp_path / "out")


@pytest.fixture
def service(tmp_path: Path) -> Path:
    return write_service(tmp_path / "service")


@pytest.fixture
def committed(service: Path) -> Path:
    """The service, in a git repository with one commit."""
    git(service, "init", "--quiet")
    commit(service)
    return service
