import pytest

from tests.activator.machine import Machine


@pytest.fixture
def machine():
    made = Machine()
    yield made
    made.close()
