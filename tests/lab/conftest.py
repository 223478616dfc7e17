"""A running lab for the tests of this directory, started once and taken down at the end."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from lab.lab import Lab
from lab.machine import Machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs real hosts, so it says why where there can be none."""
    if sys.platform == "linux" and os.geteuid() == 0:
        return
    reason = f"needs root on Linux for real hosts (this is uid {os.geteuid()} on {sys.platform})"
    for item in items:
        if item.get_closest_marker("lab"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """The default hosts (edge1, web1, web2) of a lab of the tests' own, all of them ready."""
    made = Lab("test", "10.78.0.0/24")
    made.down()
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.fixture
def fresh_host(lab: Lab) -> Iterator[Callable[[str], Machine]]:
    """Call it with a name for a further host of this machine's architecture that nobody else uses; gone after the test."""
    with ExitStack() as hosts:

        def make(name: str) -> Machine:
            machine = lab.add(name)
            hosts.callback(lab.remove, name)
            return machine

        yield make
