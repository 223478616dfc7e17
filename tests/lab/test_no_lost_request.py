"""Ten releases in a row lose no request, straight at a host and through the edge; a plain restart under the same load does.

The releases are the activator's alone, so that they follow each other within seconds. That a whole `up` loses none
is in tests/lab/acceptance/test_release_under_load.py.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from itertools import cycle, islice

import pytest

from components import bundle
from lab.lab import Lab
from lab.machine import Machine
from model.architecture import Architecture
from model.release import Binary, Release, edge_release, service_release
from model.release_policy import ReleasePolicy
from model.service import Service
from tests.lab import evidence
from tests.lab.binaries import built
from tests.load import Plan, Result, running

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]
RELEASES = 10
UPLOADS = "/home/deploy/.slipway"


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Two hosts behind an edge, and the releases that they get."""

    lab: Lab
    edge: Machine
    hosts: tuple[Machine, ...]
    releases: dict[str, bundle.Bundle]

    def release(self, greeting: str) -> None:
        """On all hosts at the same time, which is harder on users than one after another."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda host: turn_on(self.lab, host, self.releases[greeting]), self.hosts))
        for host in self.hosts:
            assert evidence.greeting(host, 8080)["message"] == greeting

    def straight(self) -> str:
        return f"http://{self.hosts[0].address}:8080/"

    def through_the_edge(self) -> str:
        return f"http://{self.edge.address}/"


def turn_on(lab: Lab, host: Machine, made: bundle.Bundle) -> None:
    """Uploads the release and turns it on."""
    host.run(f"mkdir -p {UPLOADS}")
    target = f"{host.name}:.slipway/{made.file_name}"
    subprocess.run(["scp", "-q", "-F", lab.place.ssh_config, made.path, target], check=True)
    file = f"{UPLOADS}/{made.file_name}"
    host.run(
        f"tar -xzf {file} -C {UPLOADS} activator.pyz && "
        f"sudo -n python3 {UPLOADS}/activator.pyz apply --bundle {file} --sha256 {made.sha256} --owner me",
        timeout=200,
    )


Way = Callable[[Fleet], str]


@pytest.fixture(scope="module")
def binary() -> Binary:
    return built(Architecture.AMD64)[Architecture.AMD64]


@pytest.fixture(scope="module")
def fleet(lab: Lab, binary: Binary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    names = ("door", "steady1", "steady2")
    folder = tmp_path_factory.mktemp("bundles")
    # The third brings another configuration of the proxy, which is then reloaded.
    drains = {"one": 10, "two": 10, "three": 11}
    made = {
        greeting: bundle.write(service(greeting, drain, binary), folder) for greeting, drain in drains.items()
    }
    with ExitStack() as gone:
        edge, *hosts = (added(lab, name, gone) for name in names)
        for host in hosts:
            turn_on(lab, host, made["one"])
        turn_on(lab, edge, bundle.write(site(hosts), folder))
        yield Fleet(lab=lab, edge=edge, hosts=tuple(hosts), releases=made)


def added(lab: Lab, name: str, gone: ExitStack) -> Machine:
    machine = lab.add(name)
    gone.callback(lab.remove, name)
    return machine


def service(greeting: str, drain: int, binary: Binary) -> Release:
    settings = Service(
        name="greeter", source="examples/greeter", environment={"GREETING": greeting, "PORT": "{port}"}
    )
    return service_release(settings, ReleasePolicy(drain=drain), Architecture.AMD64, greeting, binary)


def site(hosts: list[Machine]) -> Release:
    settings = Service(name="greeter", source="examples/greeter", arguments=("{port}",))
    return edge_release(settings, ReleasePolicy(), 80, tuple(f"{host.address}:8080" for host in hosts))


def users(url: str) -> tuple[Plan, Plan]:
    """Half of them on connections that they keep, half on new ones; every second request a POST, every twentieth of 2 s."""
    kept = Plan(
        url=url,
        rate=200,
        seconds=900,
        expect='"message"',
        posts=0.5,
        slow=0.05,
        upload=5_000_000,
    )
    return kept, replace(kept, keep_alive=False)


def crowd(url: str) -> Plan:
    """Five hundred requests a second over 64 kept connections, next to them one that uploads."""
    return Plan(
        url=url, rate=500, connections=64, seconds=900, expect='"message"', posts=0.5, upload=5_000_000
    )


@contextmanager
def loaded(*plans: Plan) -> Iterator[list[Result]]:
    with ExitStack() as stack:
        loads = [stack.enter_context(running(plan)) for plan in plans]
        yield loads
    for plan, load in zip(plans, loads, strict=True):
        print(f"{plan.url} {plan.rate:g}/s {'kept' if plan.keep_alive else 'new'} connections: {load}")


def release_all(fleet: Fleet) -> None:
    first = evidence.greeting(fleet.hosts[0], 8080)["message"]
    names = list(fleet.releases)
    following = names.index(first) + 1
    for greeting in islice(cycle(names), following, following + RELEASES):
        fleet.release(greeting)


@pytest.mark.parametrize("way", [Fleet.straight, Fleet.through_the_edge])
def test_ten_releases_lose_none_of_20000_requests_on_kept_and_new_connections(fleet: Fleet, way: Way) -> None:
    with loaded(*users(way(fleet))) as loads:
        release_all(fleet)
        evidence.wait_for(
            lambda: sum(load.scheduled for load in loads) >= 20_000, "20,000 requests", seconds=300
        )
    assert [load.lost for load in loads] == [0, 0], loads


@pytest.mark.parametrize("way", [Fleet.straight, Fleet.through_the_edge])
def test_ten_releases_lose_none_of_500_requests_a_second_on_64_connections(fleet: Fleet, way: Way) -> None:
    with loaded(crowd(way(fleet))) as (load,):
        release_all(fleet)
        evidence.wait_for(lambda: load.scheduled >= 20_000, "20,000 requests", seconds=300)
    assert load.lost == 0, load


def test_connections_that_idle_while_the_proxy_is_reloaded_get_their_next_answer(fleet: Fleet) -> None:
    fleet.release("one")
    host = fleet.hosts[0]

    def ask(connection: HTTPConnection) -> str:
        connection.request("GET", "/")
        return json.load(connection.getresponse())["message"]

    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        idle = [HTTPConnection(host.address, 8080, timeout=30) for _ in range(50)]
        for connection in idle:
            stack.callback(connection.close)
        assert {ask(connection) for connection in idle} == {"one"}
        release = pool.submit(fleet.release, "three")
        evidence.wait_for(lambda: evidence.greeting(host, 8080)["message"] == "three", "the new release")
        assert {ask(connection) for connection in idle} <= {"one", "three"}
        release.result()


@pytest.mark.parametrize("way", [Fleet.straight, Fleet.through_the_edge])
def test_a_plain_restart_under_the_same_load_loses_requests(fleet: Fleet, way: Way) -> None:
    """Else the tests above could not fail."""
    with loaded(*users(way(fleet))) as loads:
        evidence.wait_for(lambda: all(load.answered > 200 for load in loads), "the load")
        with ThreadPoolExecutor() as pool:
            restart = "sudo -n systemctl restart greeter-proxy.service 'greeter@*'"
            list(pool.map(lambda host: host.run(restart), fleet.hosts))
    assert all(load.lost > 0 for load in loads), loads
