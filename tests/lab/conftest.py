"""A running lab for the tests of this directory, started once and taken down at the end."""

import fcntl
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Network

import pytest

from lab.lab import Lab
from lab.machine import Machine
from lab.network import user_of
from lab.place import Place
from lab.plan import HostPlan, default_hosts


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs real hosts, so it says why where there can be none."""
    if sys.platform == "linux" and os.geteuid() == 0:
        return
    reason = f"needs root on Linux for real hosts (this is uid {os.geteuid()} on {sys.platform})"
    for item in items:
        if item.get_closest_marker("lab"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def free_subnet() -> Iterator[Callable[[], str]]:
    """Call it for a network that nothing on this machine reaches and no other test run is given; given back at the end."""
    with ExitStack() as claims:

        def claim() -> str:
            for number in range(128, 256):
                subnet = IPv4Network(f"10.{number}.0.0/24")
                # A name without a file: it is free again when this process has ended, however it ends.
                mark = socket.socket(socket.AF_UNIX)
                try:
                    mark.bind(f"\0slipway test network {subnet}")
                except OSError:
                    mark.close()
                    continue
                claims.enter_context(mark)
                if user_of(subnet) is None:
                    return str(subnet)
            pytest.fail("each of 10.128.0.0/24, 10.129.0.0/24 … 10.255.0.0/24 is in use on this machine")

        yield claim


@pytest.fixture(scope="session")
def default_lab(free_subnet: Callable[[], str]) -> Iterator[Lab]:
    """A lab of the tests' own with the default hosts, all of them ready: edge1, web1 and, unless LAB=native, web2."""
    with up(free_subnet(), default_hosts(native_only=os.environ.get("LAB") == "native")) as made:
        yield made


@pytest.fixture(scope="session")
def lab(default_lab: Lab) -> Lab:
    """The lab of a directory's tests: this one unless the directory has another."""
    return default_lab


@contextmanager
def up(subnet: str, hosts: tuple[HostPlan, ...]) -> Iterator[Lab]:
    """A lab of those hosts, taken down at the end."""
    with _free_name() as name:
        made = Lab(name, subnet, hosts)
        made.down()
        try:
            made.up()
            yield made
        finally:
            made.down()


@contextmanager
def _free_name() -> Iterator[str]:
    """A lab of this checkout that no other test run has; of one that was killed, what it left is found by this name."""
    for number in range(1, 10):
        place = Place(name=f"test{number}")
        place.directory.parent.mkdir(parents=True, exist_ok=True)
        with place.directory.with_name(f"{place.name}.run").open("w") as run:
            try:
                fcntl.flock(run, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield place.name
            return
    pytest.fail("nine test runs of this checkout are going on: wait for one of them")


@pytest.fixture
def fresh_host(lab: Lab) -> Iterator[Callable[[str], Machine]]:
    """Call it with a name for a further host of this machine's architecture that nobody else uses; gone after the test."""
    with ExitStack() as hosts:

        def make(name: str) -> Machine:
            machine = lab.add(name)
            hosts.callback(lab.remove, name)
            return machine

        yield make
