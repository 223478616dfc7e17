"""One host for what a unit gives to a process and keeps from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.lab import Lab
from tests.lab.unit.releases import Releases


@pytest.fixture(scope="package")
def host(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Releases]:
    yield Releases(lab, lab.add("unit"), tmp_path_factory.mktemp("bundles"))
    lab.remove("unit")
