"""A running lab for the tests of this directory, started once and taken down at the end."""

import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from lab.lab import Lab
from lab.machine import Machine
from lab.plan import default_hosts, parse_subnet

DEFAULT_SUBNET = "10.78.0.0/24"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--lab-subnet",
        default=DEFAULT_SUBNET,
        metavar="NETWORK",
        help="private network of the test lab; another one lets a second test run start (default: %(default)s)",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs real hosts, so it says why where there can be none."""
    if sys.platform == "linux" and os.geteuid() == 0:
        return
    reason = f"needs root on Linux for real hosts (this is uid {os.geteuid()} on {sys.platform})"
    for item in items:
        if item.get_closest_marker("lab"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def lab(pytestconfig: pytest.Config) -> Iterator[Lab]:
    """A lab of the tests' own with the default hosts, all of them ready: edge1, web1 and, unless LAB=native, web2."""
    subnet = parse_subnet(str(pytestconfig.getoption("--lab-subnet")))
    name = f"test-{str(subnet.network_address).replace('.', '-')}"[:15].rstrip("-")
    made = Lab(name, str(subnet), default_hosts(native_only=os.environ.get("LAB") == "native"))
    made.place.directory.parent.mkdir(parents=True, exist_ok=True)
    with made.place.directory.with_name(f"{name}.run").open("w") as run:
        try:
            fcntl.flock(run, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pytest.exit(
                f"another test run uses {subnet}; wait for it, or give --lab-subnet another network", 1
            )
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
