"""A machine's packet filter: open as the table says and no further, others' tables left alone, and nobody locked out."""

from __future__ import annotations

import socket
from itertools import permutations
from pathlib import Path

import pytest

from lab.machine import Machine
from tests.lab import evidence
from tests.lab.evidence import root
from tests.lab.hosts.conftest import Operated

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
SCAN = (Path(__file__).parent / "scan.py").read_text()
TABLE = "nft --stateless list table inet slipway"


def open_ports(source: Machine, target: Machine) -> set[int]:
    found = source.run(f"sudo -n python3 - {source.address} {target.address}", stdin=SCAN, timeout=60).stdout
    return {int(port) for port in found.split()}


def test_of_all_ports_each_machine_reaches_those_of_the_table_alone(operated: Operated) -> None:
    edge, hosts = operated.edge, operated.hosts
    expected = {(source, edge): {80} for source in hosts}
    expected |= {(source, target): set[int]() for source, target in permutations(hosts, 2)}
    expected |= {(edge, target): {8080} for target in hosts}
    found = {pair: open_ports(*pair) for pair in expected}
    assert {(a.name, b.name): ports for (a, b), ports in found.items()} == {
        (a.name, b.name): ports for (a, b), ports in expected.items()
    }


def test_what_listens_beside_the_table_is_told_and_what_is_open_serves(operated: Operated) -> None:
    assert "closed though something listens there: 22" not in operated.first.text
    assert operated.first.text.count("9999/tcp (python3)") >= 3
    assert {evidence.greeting(operated.edge)["host"] for _ in range(20)} == {
        host.name for host in operated.hosts
    }


def test_other_tables_are_left_alone_and_the_counters_count(operated: Operated) -> None:
    for machine in operated.machines:
        assert "jump DOCKER" in root(machine, "nft list table ip nat")
        socket.create_connection((machine.address, 22), 5).close()
        rules = root(machine, "nft list table inet slipway")
        login = next(line for line in rules.splitlines() if "SSH from operators" in line)
        assert "packets 0 " not in login, rules
        assert operated.operator in login


def test_over_ipv6_it_is_closed_as_well(operated: Operated) -> None:
    edge, host = operated.edge, operated.hosts[0]
    for machine, address in ((edge, "fd00::1"), (host, "fd00::2")):
        root(machine, f"ip -6 address add {address}/64 dev $(ls /sys/class/net | grep -v lo) nodad")
    assert "hello" in host.run("curl -sS -m 5 http://[fd00::1]/").stdout.lower()
    for port in (22, 8080, 9999):
        refused = edge.run(f"timeout 2 bash -c '</dev/tcp/fd00::2/{port}'", check=False)
        assert refused.returncode == 124, f"{port}: {refused}"


def test_a_reboot_and_whoever_empties_the_kernel_bring_it_back(operated: Operated) -> None:
    host = operated.hosts[0]
    before = root(host, TABLE)
    host.reboot()
    assert root(host, TABLE) == before
    root(host, "systemctl start nftables.service")
    # systemd hands both on to our unit, and does not wait for it.
    for verb in ("reload", "restart"):
        root(host, f"systemctl {verb} nftables.service")
        shown = f"{TABLE} || true"
        evidence.wait_for(lambda shown=shown: root(host, shown) == before, f"the table after a {verb}", 30)


def test_a_table_that_would_lock_out_whoever_deploys_is_refused_and_changes_nothing(
    operated: Operated,
) -> None:
    before = {machine.name: root(machine, TABLE) for machine in operated.machines}
    snapshots = evidence.snapshots(*operated.machines)
    operated.project.configure(operated.changed(firewall={"operators": ["192.0.2.0/24"]}))
    try:
        refused = operated.project.up()
        assert refused.code != 0
        assert f"the firewall would lock out {operated.operator}" in refused.text
        assert {machine.name: root(machine, TABLE) for machine in operated.machines} == before
        assert evidence.snapshots(*operated.machines) == snapshots
    finally:
        operated.project.configure(operated.stack)
        operated.project.must_up()


def test_a_changed_table_goes_back_unless_a_new_connection_comes(operated: Operated) -> None:
    edge = operated.edge
    before = root(edge, TABLE)
    activator = "/opt/greeter-edge/app/current/activator.pyz"
    # As if whoever deploys had lost the way in: the same release with other operators, and nobody confirms.
    told = root(
        edge,
        f"""cd /tmp && rm -rf other && mkdir other && cp -r /opt/greeter-edge/app/current/. other/ && cd other
python3 - <<'END'
import hashlib, json, sys
sys.path.insert(0, "{activator}")
from activator.host import Host
from activator.manifest import Release, canonical
from activator.ledger import Live
from activator import firewall
manifest = json.load(open("manifest.json"))
manifest["firewall"]["logins"][0]["from"] = ["192.0.2.0/24"]
manifest.pop("release")
manifest["release"] = hashlib.sha256(canonical(manifest)).hexdigest()[:12]
print(firewall.change(Host(), Live(Release(manifest), None, None), 30))
END
nft list table inet slipway | grep SSH""",
    )
    assert "goes back by itself unless a new connection comes within 30 s" in told
    assert "192.0.2.0/24" in told
    evidence.wait_for(lambda: root(edge, TABLE) == before, "the table of before", 90)


def test_a_rule_put_in_by_hand_is_gone_with_the_next_release(operated: Operated) -> None:
    host = operated.hosts[1]
    before = root(host, TABLE)
    root(host, "nft insert rule inet slipway input accept")
    operated.project.edit("examples/greeter/greeter.go", "package main", "package main // again")
    try:
        operated.project.must_up()
        assert root(host, TABLE) == before
    finally:
        operated.project.restore("examples/greeter/greeter.go")


def test_a_second_up_changes_nothing(operated: Operated) -> None:
    operated.project.must_up()
    assert operated.project.must_up().changed == {}
