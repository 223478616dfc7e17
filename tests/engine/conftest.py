"""Fixtures of the engine's tests."""

from pathlib import Path

import pytest

from tests.engine.projects import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project, in a folder whose name has a space."""
    return Project(tmp_path / "a project")
