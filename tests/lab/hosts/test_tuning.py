"""Values of the kernel on real hosts: taken where they can be, told where not, and again after a boot; and the unit's limits."""

from __future__ import annotations

import re

import pytest

from lab.machine import Machine
from model.tuning import VALUES
from tests.lab import evidence
from tests.lab.evidence import root
from tests.lab.hosts.conftest import Operated

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def values(machine: Machine) -> dict[str, str]:
    """The table's, as the kernel has them."""
    names = [each.name for each in VALUES]
    shown = root(machine, f"sysctl {' '.join(names)}").splitlines()
    return {name: " ".join(value.split()) for name, value in (line.split(" = ") for line in shown)}


def test_each_machine_has_the_tables_values_and_those_for_users_stand_on_the_edge_alone(
    operated: Operated,
) -> None:
    bbr = "net.ipv4.tcp_congestion_control"
    for machine in operated.machines:
        wanted = {each.name: each.value for each in VALUES if machine is operated.edge or not each.front}
        found = values(machine)
        if bbr not in root(machine, "cat /proc/sys/net/ipv4/tcp_available_congestion_control"):
            wanted.pop(bbr, None)  # asked for in the test below
        assert {name: found[name] for name in wanted} == wanted
    assert values(operated.hosts[0])["net.ipv4.tcp_mtu_probing"] == "0"


def test_what_a_container_does_not_allow_is_told_with_the_reason_and_stops_nothing(
    operated: Operated,
) -> None:
    assert operated.first.code == 0
    assert operated.first.text.count("does not take vm.max_map_count (Read-only file system)") >= 3
    assert {evidence.greeting(operated.edge)["host"] for _ in range(20)} == {
        host.name for host in operated.hosts
    }


def test_a_boot_sets_them_again(operated: Operated) -> None:
    host = operated.hosts[0]
    before = values(host)
    root(host, "systemd-analyze cat-config sysctl.d | grep -q slipway-greeter.conf")
    # What a boot does: the container's is the same program on the same files.
    root(host, "sysctl -q net.core.somaxconn=128 && /usr/lib/systemd/systemd-sysctl")
    assert values(host) == before


def test_the_units_limits_are_those_of_the_settings_and_what_it_uses_is_counted(operated: Operated) -> None:
    host = operated.hosts[0]
    unit = f"greeter@{evidence.status(host)['slot']}.service"
    names = (
        "LimitNOFILE",
        "MemoryMax",
        "MemoryHigh",
        "CPUWeight",
        "TasksMax",
        "CPUAccounting",
        "IOAccounting",
    )
    asked = " ".join(f"-p {name}" for name in names)
    shown = dict(line.split("=") for line in root(host, f"systemctl show {unit} {asked}").splitlines())
    assert shown == {
        "LimitNOFILE": "8192",
        "MemoryMax": str(256 << 20),
        "MemoryHigh": str(200 << 20),
        "CPUWeight": "200",
        "TasksMax": "512",
        "CPUAccounting": "yes",
        "IOAccounting": "yes",
    }
    pid = evidence.status(host)["pid"]
    limits = root(host, f"cat /proc/{pid}/limits")
    assert re.search(r"^Max open files +8192 ", limits, re.M), limits
