"""A control plane for the tests of one module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kubelab.control_plane import ControlPlane


@contextmanager
def started(name: str) -> Iterator[ControlPlane]:
    """Anew, and taken down at the end."""
    made = ControlPlane(name)
    made.down()
    try:
        made.up()
        yield made
    finally:
        made.down()
