"""One host for what a unit gives to a process and keeps from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.architecture import native
from lab.lab import Lab
from model.architecture import Architecture
from model.release import Binary
from tests.lab.binaries import built
from tests.lab.unit.releases import HERE, Releases


@pytest.fixture(scope="package")
def echo() -> Binary:
    """A service that tells what it was told."""
    here = Architecture(native().value)
    return built(here, name="echo", source=str(HERE / "echo"))[here]


@pytest.fixture(scope="package")
def host(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Releases]:
    yield Releases(lab, lab.add("unit"), tmp_path_factory.mktemp("bundles"))
    lab.remove("unit")


@pytest.fixture(scope="module", autouse=True)
def _room(host: Releases) -> Iterator[None]:
    """The next file's service finds the ports free, whatever became of this one's."""
    yield
    for service in ("catalogue", "echo"):
        host.purge(service)
