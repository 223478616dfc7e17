"""Fixtures of the rehearsal's tests."""

from pathlib import Path

import pytest

from tests.rehearsal.projects import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    return Project(tmp_path)
