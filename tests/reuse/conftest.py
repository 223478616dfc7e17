"""The wheel, installed once for all of these tests."""

import pytest

from tests.reuse.installed import Installed, installed


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return installed(tmp_path_factory.mktemp("theirs"))
