"""Ports: a neighbour's are left to it, an old one stays open until nobody can know it alone, and IPv6 where there is some."""

from __future__ import annotations

import re

from tests.activator import bundles
from tests.activator.machine import Machine
from tests.activator.test_refusals import refused

CONFIG = """frontend greeter
    bind *:8080
    @ipv6@ bind :::8080 v6only
backend greeter
  server blue 127.0.0.1:18081 @blue@
  server green 127.0.0.1:18082 @green@
"""


def made(port: int, binary: str = "healthy 1", slots: tuple[int, int] = (18081, 18082)) -> bundles.Made:
    proxy = {**bundles.service().manifest["proxy"], "port": port}
    config = CONFIG.replace("8080", str(port))
    return bundles.service(binary, config=config, proxy=proxy, slots={"blue": slots[0], "green": slots[1]})


def bound(machine: Machine) -> list[str]:
    return re.findall(r"bind (.*)", machine.text("/opt/greeter/conf/haproxy.cfg"))


def another(slots: tuple[int, int], port: int) -> bundles.Made:
    manifest = {key: value for key, value in bundles.service().manifest.items() if key != "release"}
    proxy = {**manifest["proxy"], "port": port, "config": "/opt/site/conf/haproxy.cfg"}
    slots_of = {"blue": slots[0], "green": slots[1]}
    site = {"service": "site", "user": "site", "slots": slots_of, "proxy": proxy}
    return bundles.bundle({**manifest, **site}, (), b"healthy")


def test_a_slot_that_belongs_to_another_service_is_refused_although_nobody_listens_there(
    machine: Machine,
) -> None:
    assert machine.apply(made(8080)) == 0
    for slots in ((18082, 18090), (18090, 18081)):
        said = refused(
            machine, lambda slots=slots: machine.apply(another(slots, 8090), owner="another stack")
        )
        assert (
            "belongs to greeter (its `slots`), which Slipway installed here: give site `slots: [18083, 18084]`"
            in said
        )


def test_a_port_that_belongs_to_another_service_is_refused(machine: Machine) -> None:
    assert machine.apply(made(8080)) == 0
    said = refused(machine, lambda: machine.apply(another((18083, 18084), 8080), owner="another stack"))
    assert (
        "port 8080 belongs to greeter (its `port`), which Slipway installed here: give site another `port`"
        in said
    )
    said = refused(machine, lambda: machine.apply(another((18083, 18084), 18081), owner="another stack"))
    assert (
        "port 18081 belongs to greeter (its `slots`), which Slipway installed here: give site another `port`"
        in said
    )


def test_the_port_of_before_stays_open_until_the_next_release(machine: Machine) -> None:
    assert machine.apply(made(8080)) == 0
    assert bound(machine) == ["*:8080"]
    assert machine.apply(made(9000, "healthy 2")) == 0
    assert bound(machine) == ["*:9000", "*:8080"]
    assert machine.apply(made(9000, "healthy 2")) == 0
    assert machine.answers[-1]["changed"] is False
    assert machine.apply(made(9000, "healthy 2"), secrets='{"KEY": "another"}') == 0
    assert bound(machine) == ["*:9000", "*:8080"], "the same release again, with another secret"
    assert machine.apply(made(9000, "healthy 3")) == 0
    assert bound(machine) == ["*:9000"]


def test_a_machine_with_ipv6_listens_there_too_also_on_the_port_of_before(machine: Machine) -> None:
    machine.put("/proc/net/if_inet6", "")
    assert machine.apply(made(8080)) == 0
    assert bound(machine) == ["*:8080", ":::8080 v6only"]
    assert machine.apply(made(9000, "healthy 2")) == 0
    assert bound(machine) == ["*:9000", "*:8080", ":::9000 v6only", ":::8080 v6only"]


def test_a_service_that_is_open_to_others_than_the_proxy_is_told_so(machine: Machine) -> None:
    def warned(address: str, binary: str) -> bool:
        machine.address = address
        machine.said.clear()
        assert machine.apply(made(8080, binary)) == 0
        return any(
            f"the service listens on {address}, so that whoever reaches this host" in line
            for line in machine.said
        )

    for number, (address, expected) in enumerate(
        {"127.0.0.1": False, "[::1]": False, "*": True, "0.0.0.0": True}.items()
    ):
        assert warned(address, f"healthy {number}") == expected, address
