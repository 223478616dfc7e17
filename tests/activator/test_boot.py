"""What a boot would start is part of what is released: a unit that was disabled is told and put right before a reboot tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from activator.host import Host
from tests.activator import bundles
from tests.activator.machine import Machine

FACTS = "/etc/systemd/system/slipway-greeter-facts"
WATCHED = bundles.service(
    schedule=["tidy"],
    units=[{"unit": "slipway-greeter-facts.timer", "action": "restart"}],
    more=(
        *bundles.job("tidy"),
        bundles.entry(f"{FACTS}.timer", "[Install]\nWantedBy=timers.target\n", "systemd"),
    ),
)
ALWAYS = (
    "greeter@blue.service",
    "greeter-proxy.service",
    "slipway-greeter-facts.timer",
    "slipway-greeter-job-tidy.timer",
)


def differs(machine: Machine, service: str) -> list[str]:
    assert machine.main("drift", "--service", service) == 0
    return machine.answers[-1]["differs"]


@pytest.mark.parametrize("unit", ALWAYS)
def test_a_unit_of_a_service_that_a_boot_would_not_start(machine: Machine, unit: str) -> None:
    assert machine.apply(WATCHED) == 0
    assert differs(machine, "greeter") == []
    machine.units[unit].enabled = False
    assert differs(machine, "greeter") == [f"{unit} is not enabled"]
    assert machine.main("mend", "--service", "greeter") == 0
    assert machine.units[unit].enabled and differs(machine, "greeter") == []


def test_the_idle_slot_that_a_boot_would_start(machine: Machine) -> None:
    assert machine.apply(WATCHED) == 0
    assert machine.main("restart", "--service", "greeter") == 0
    machine.units["greeter@blue.service"].enabled = True
    assert differs(machine, "greeter") == ["greeter@blue.service is enabled"]
    assert machine.main("mend", "--service", "greeter") == 0
    assert differs(machine, "greeter") == []


def test_an_edge_that_a_boot_would_not_bring_back(machine: Machine) -> None:
    assert machine.apply(bundles.edge()) == 0
    machine.units["nginx.service"].enabled = False
    assert differs(machine, "edge") == ["nginx.service is not enabled"]
    assert machine.main("mend", "--service", "edge") == 0
    assert machine.units["nginx.service"].enabled


def test_a_unit_is_enabled_by_who_runs_the_machine_or_by_its_package_and_not_when_it_is_masked(
    tmp_path: Path,
) -> None:
    own, vendor = tmp_path / "etc/systemd/system", tmp_path / "usr/lib/systemd/system"
    for folder in (own / "multi-user.target.wants", vendor / "sysinit.target.wants"):
        folder.mkdir(parents=True)
    (own / "multi-user.target.wants/nginx.service").symlink_to("/usr/lib/systemd/system/nginx.service")
    (vendor / "sysinit.target.wants/systemd-journald.service").symlink_to("../systemd-journald.service")
    host = Host(str(tmp_path))
    assert host.enabled("nginx.service") and host.enabled("systemd-journald.service")
    assert not host.enabled("haproxy.service")
    (own / "nginx.service").symlink_to("/dev/null")
    assert not host.enabled("nginx.service")
