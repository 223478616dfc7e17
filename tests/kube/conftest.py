"""One control plane for all tests of this directory. Where its programs cannot be had, they fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from kubelab.control_plane import ControlPlane


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Root on Linux alone can start it."""
    if sys.platform == "linux" and os.geteuid() == 0:
        return
    for item in items:
        if "tests/kube/" in item.nodeid:
            item.add_marker(pytest.mark.skip(reason="needs root on Linux"))


@pytest.fixture(scope="session")
def plane() -> Iterator[ControlPlane]:
    """Anew, and taken down at the end without a trace. Each module has namespaces of its own."""
    made = ControlPlane("test")
    made.down()
    try:
        made.up()
        assert made.up() is False, "what is up is left alone"
        yield made
    finally:
        made.down()
    assert not made.place.directory.exists() and not made.place.cgroup.path.exists()
