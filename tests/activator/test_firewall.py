"""The machine's packet filter: one table for all services, confirmed over a new connection, never shut on who deploys."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.activator import bundles
from tests.activator.fake_host import FakeHost
from tests.activator.machine import Machine
from tests.activator.state import Crash
from tests.activator.test_refusals import refused

CONFIRMED, WAITING = "/etc/slipway/firewall.nft", "/run/slipway-firewall.unconfirmed.nft"
UNIT, UNIT_PATH = "slipway-firewall.service", "/etc/systemd/system/slipway-firewall.service"
CLIENT = ("--ssh-client", "192.0.2.7 50000 22")


def wall(operators: str = "192.0.2.0/24", port: int = 8080) -> dict[str, Any]:
    login = {"port": 22, "protocol": "tcp", "from": [operators], "why": "SSH from operators"}
    inlet = {"port": port, "protocol": "tcp", "from": ["10.0.0.10/32", "fd00::10/128"], "why": "Requests"}
    return {"logins": [login], "inlets": [inlet]}


SHUT = bundles.service("healthy 1", firewall=wall())
NEXT = bundles.service("healthy 2", firewall=wall())
OTHERS = bundles.service("healthy 3", firewall=wall("192.0.0.0/16"))
OPEN = bundles.service("healthy 4")
EDGE = bundles.edge(listens=[80])


def there(machine: Machine, path: str) -> bool:
    return (machine.root / path.lstrip("/")).exists()


@pytest.fixture
def shut(machine: Machine) -> Machine:
    assert machine.apply(SHUT, *CLIENT) == 0
    assert (
        machine.main("confirm", "--service", "greeter", "--release", SHUT.release, "--owner", "me", *CLIENT)
        == 0
    )
    return machine


def test_a_new_table_waits_for_a_new_connection_and_a_boot_before_that_opens_all(machine: Machine) -> None:
    assert machine.apply(SHUT, *CLIENT) == 0
    assert machine.table and "policy drop" in machine.table
    assert machine.guard and there(machine, WAITING) and not there(machine, CONFIRMED)
    machine.reboot()
    assert machine.table is None


def test_once_confirmed_it_is_what_a_boot_loads(shut: Machine) -> None:
    assert shut.guard is None and there(shut, CONFIRMED) and not there(shut, WAITING)
    table = shut.table
    shut.reboot()
    assert shut.table == table


def test_each_family_and_each_inlet_has_its_rule(shut: Machine) -> None:
    assert shut.table
    assert 'ip saddr { 192.0.2.0/24 } tcp dport 22 counter accept comment "greeter: SSH' in shut.table
    assert "ip saddr { 10.0.0.10/32 } tcp dport 8080 counter accept" in shut.table
    assert "ip6 saddr { fd00::10/128 } tcp dport 8080 counter accept" in shut.table


def test_a_release_that_leaves_logins_as_they_are_changes_nothing_of_it(shut: Machine) -> None:
    shut.commands.clear()
    assert shut.apply(NEXT, *CLIENT) == 0
    assert shut.guard is None
    assert not [line for line in shut.commands if line.startswith("nft --file")]


def test_each_release_tells_what_listens_and_is_closed(shut: Machine) -> None:
    shut.said.clear()
    assert shut.apply(NEXT, *CLIENT) == 0
    assert not [line for line in shut.said if "something listens" in line]
    shut.foreign.append('tcp LISTEN 0 128 0.0.0.0:9999 0.0.0.0:* users:(("nc",pid=1,fd=3))')
    assert shut.apply(SHUT, *CLIENT) == 0
    told = "firewall as it was; closed though something listens there: 9999/tcp (nc)"
    assert any(told in line for line in shut.said)


@pytest.mark.parametrize(
    ("client", "why"),
    [
        ("198.51.100.1 50000 22", "would lock out 198.51.100.1"),
        ("2001:db8::1 50000 22", "would lock out 2001:db8::1"),
        ("192.0.2.7 50000 2222", "this connection came in at 2222"),
    ],
)
def test_a_table_that_would_lock_us_out_is_refused_and_nothing_is_changed(
    machine: Machine, client: str, why: str
) -> None:
    assert why in refused(machine, lambda: machine.apply(SHUT, "--ssh-client", client))
    assert machine.table is None and not there(machine, WAITING)


def test_an_address_of_ipv4_in_the_words_of_ipv6_is_the_same(machine: Machine) -> None:
    assert machine.apply(SHUT, "--ssh-client", "::ffff:192.0.2.7 50000 22") == 0


def test_a_table_that_nftables_does_not_take_is_refused_before_anything_is_changed(machine: Machine) -> None:
    machine.refuses_tables = True
    assert "refused by nftables: Error: syntax error" in refused(
        machine, lambda: machine.apply(SHUT, *CLIENT)
    )


@pytest.mark.parametrize("release", [SHUT, NEXT], ids=["the same release", "the next one"])
def test_a_table_that_somebody_else_has_taken_is_refused_before_anything_is_changed(
    shut: Machine, release: bundles.Made
) -> None:
    shut.table = "table inet slipway { flags owner }"
    shut.refuses_tables = True
    assert "refused by nftables" in refused(shut, lambda: shut.apply(release, *CLIENT))


def test_other_operators_wait_for_a_new_connection_again(shut: Machine) -> None:
    before = shut.text(CONFIRMED)
    assert shut.apply(OTHERS, *CLIENT) == 0
    assert shut.guard and shut.text(CONFIRMED) == before
    assert shut.table == shut.text(WAITING) != before


@pytest.mark.parametrize(
    ("confirmed", "loads", "told"),
    [
        (True, True, ["--file {root}/etc/slipway/firewall.nft"]),
        (True, False, ["--file {root}/etc/slipway/firewall.nft", "delete table inet slipway"]),
        (False, True, ["delete table inet slipway"]),
    ],
)
def test_going_back_opens_nothing_between_the_two_tables(
    machine: Machine, tmp_path: Path, confirmed: bool, loads: bool, told: list[str]
) -> None:
    assert machine.apply(SHUT, *CLIENT) == 0
    if confirmed:
        machine.put(CONFIRMED, machine.table or "")
    nft = tmp_path / "nft"
    nft.write_text(
        f'#!/bin/sh\necho "$@" >>{tmp_path}/told\n[ "$1" != --file ] || exit {0 if loads else 1}\n'
    )
    nft.chmod(0o755)
    script = (
        (machine.guard or "")
        .replace("/etc/", f"{machine.root}/etc/")
        .replace("/run/", f"{machine.root}/run/")
    )
    subprocess.run(
        ["/bin/sh", "-c", script], env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, check=True, timeout=30
    )
    *done, shown = (tmp_path / "told").read_text().splitlines()
    assert done == [each.format(root=machine.root) for each in told]
    assert shown == "--stateless list table inet slipway"
    assert not there(machine, WAITING)


def test_a_release_that_fails_leaves_the_table_of_before(shut: Machine) -> None:
    before = shut.table
    broken = bundles.service("ill after the switch", firewall=wall("192.0.0.0/16", 8080))
    assert shut.apply(broken, *CLIENT) == 3
    assert shut.table == before and shut.guard is None and not there(shut, WAITING)


def test_a_neighbour_without_a_firewall_stays_open_to_everybody(shut: Machine) -> None:
    assert shut.apply(EDGE) == 0
    assert shut.table and 'tcp dport 80 counter accept comment "edge: Requests"' in shut.table
    assert "    tcp dport 80 " in shut.table
    assert shut.guard is None
    assert shut.remove(service="edge") == 0
    assert shut.table and "dport 80 " not in shut.table


def test_a_neighbour_of_which_nobody_knows_the_ports_is_named(machine: Machine) -> None:
    assert machine.apply(bundles.edge()) == 0
    assert "edge was installed here before" in refused(machine, lambda: machine.apply(SHUT, *CLIENT))


def test_without_the_setting_and_without_the_service_everything_is_open_again(shut: Machine) -> None:
    assert shut.apply(OPEN) == 0
    assert shut.table is None and not there(shut, CONFIRMED)
    assert shut.apply(SHUT, *CLIENT) == 0
    assert shut.table
    assert shut.remove() == 0
    assert shut.table is None and shut.guard is None and not there(shut, WAITING)


def test_a_table_changed_by_hand_is_put_right(shut: Machine) -> None:
    table = shut.table
    shut.table = "table inet slipway { }"
    assert shut.apply(SHUT, *CLIENT) == 0
    assert shut.table == table
    assert any("the firewall" in line for line in shut.said)


def disabled(machine: Machine) -> None:
    machine.units[UNIT].enabled = False


def stopped(machine: Machine) -> None:
    machine.units[UNIT].active = False


def deleted(machine: Machine) -> None:
    (machine.root / UNIT_PATH.lstrip("/")).unlink()


def edited(machine: Machine) -> None:
    machine.put(UNIT_PATH, machine.text(UNIT_PATH).replace("ExecStart=", "#ExecStart="))


@pytest.mark.parametrize("by_hand", [disabled, stopped, deleted, edited])
@pytest.mark.parametrize("how", ["up", "mend"])
def test_a_unit_that_would_not_load_it_at_the_next_boot_is_told_and_put_right(
    shut: Machine, by_hand: Callable[[Machine], None], how: str
) -> None:
    table = shut.table
    by_hand(shut)
    assert shut.main("drift", "--service", "greeter") == 0
    assert shut.answers[-1]["differs"] == ["the firewall"]
    assert (shut.apply(SHUT, *CLIENT) if how == "up" else shut.main("mend", "--service", "greeter")) == 0
    shut.reboot()
    assert shut.table == table


def test_one_who_drops_the_firewall_and_is_killed_anywhere_leaves_what_a_boot_loads(shut: Machine) -> None:
    table, number = shut.table, 0
    while True:
        number += 1
        machine = shut.clone()
        machine.crash_at = machine.effects + number
        try:
            machine.apply(OPEN, host=FakeHost(machine))
        except Crash:
            machine.crash_at = None
            went_on = machine.status()["release"] == OPEN.release
            assert machine.main("restart", "--service", "greeter") == 0
            machine.reboot()
            assert machine.table == (None if went_on else table)
            machine.close()
        else:
            machine.close()
            break
    assert number > 50


def test_a_table_that_waited_when_the_machine_rebooted_is_not_the_one_in_place(shut: Machine) -> None:
    assert shut.apply(OTHERS, *CLIENT) == 0
    shut.reboot()
    assert not there(shut, WAITING)
    assert shut.main("drift", "--service", "greeter") == 0
    assert "the firewall" in shut.answers[-1]["differs"]
    words = ("confirm", "--service", "greeter", "--release", OTHERS.release, "--owner", "me")
    assert "would lock out" in refused(
        shut, lambda: shut.main(*words, "--ssh-client", "198.51.100.1 50000 22")
    )
    assert shut.main(*words, *CLIENT) == 0
    assert shut.table == shut.text(CONFIRMED) and "192.0.0.0/16" in shut.text(CONFIRMED)


@pytest.mark.parametrize("word", ["mend", "restart"])
@pytest.mark.parametrize("went_back", [False, True])
def test_nobody_would_confirm_who_may_log_in_but_up(machine: Machine, word: str, went_back: bool) -> None:
    assert machine.apply(SHUT, *CLIENT) == 0
    if went_back:
        (machine.root / WAITING.lstrip("/")).unlink()
        machine.guard = machine.table = None
    said = refused(machine, lambda: machine.main(word, "--service", "greeter"))
    assert "never confirmed over a new connection: run `up` to its end first" in said


def test_killed_anywhere_the_next_run_ends_with_the_table_and_never_shuts_a_boot(shut: Machine) -> None:
    before, number = shut.table, 0
    while True:
        number += 1
        machine = shut.clone()
        machine.crash_at = machine.effects + number
        try:
            machine.apply(OTHERS, *CLIENT, host=FakeHost(machine))
        except Crash:
            machine.crash_at = None
            rebooted = machine.clone()
            rebooted.reboot()
            assert rebooted.table == before
            assert machine.apply(OTHERS, *CLIENT) == 0
            words = ("confirm", "--service", "greeter", "--release", OTHERS.release, "--owner", "me", *CLIENT)
            assert machine.main(*words) == 0
            assert machine.table and "192.0.0.0/16" in machine.table and machine.guard is None
            rebooted.close()
            machine.close()
        else:
            machine.close()
            break
    assert number > 50
