"""A DNS host: asked before anything changes, told of what concerns it alone, and put back when it does not have the zone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.activator import bundles
from tests.activator.fake_host import FakeHost
from tests.activator.machine import Machine
from tests.activator.state import Running
from tests.activator.test_refusals import refused

FOLDER = "/etc/powerdns/slipway"
CHECKS, POWERDNS = "haproxy.service", "pdns.service"
PACKAGES = {"pdns-server": "/usr/sbin/pdns_server", "haproxy": "/usr/sbin/haproxy"}


def zone(
    text: str = "one", checks: str = "one", answers: tuple[str, ...] = ("192.0.2.1",), **changes: Any
) -> bundles.Made:
    files = (
        bundles.entry(f"{FOLDER}/haproxy.cfg", checks, "haproxy"),
        bundles.entry(f"{FOLDER}/zone", text, None),
        bundles.entry(f"{FOLDER}/pdns.conf", f"zone={FOLDER}/zone\n", "pdns"),
    )
    manifest: dict[str, Any] = {
        "service": "shop-dns",
        "version": "-",
        "architecture": None,
        "user": None,
        "units": [
            {"unit": CHECKS, "action": "restart", "files": [f"{FOLDER}/haproxy.cfg"]},
            {"unit": POWERDNS, "action": "restart", "files": [f"{FOLDER}/zone", f"{FOLDER}/pdns.conf"]},
        ],
        "packages": PACKAGES,
        "slots": None,
        "proxy": None,
        "health": None,
        "watch": 0,
        "drain": 0,
        "keep": 2,
        "zone": {
            "name": "example.com",
            "config": f"{FOLDER}/pdns.conf",
            "unit": POWERDNS,
            "checks": 5380,
            "answers": answers,
            "checkedWithin": 2,
            "wellWithin": 22,
        },
    }
    return bundles.bundle(manifest, files, None, **changes)


class Checking(FakeHost):
    """Its checks find an address well from the second of `since` on, counted from their restart; others never."""

    def __init__(self, machine: Machine, **since: float) -> None:
        super().__init__(machine)
        self.since, self.asked = (
            {f"192.0.2.{number[1:]}": time for number, time in since.items()},
            list[str](),
        )

    def get(self, port: int, path: str, timeout: float, name: str = "") -> tuple[int | None, str]:
        assert port == 5380
        self.machine.time += 0.01
        address, age = path.removeprefix("/"), self.machine.time - self.machine.units[CHECKS].since
        self.asked.append(address)
        # Until its first check is over, any server counts as well.
        return (200 if age < 1 or age >= self.since.get(address, 1e9) else 503), ""


@pytest.fixture
def server(machine: Machine) -> Machine:
    """Both programs as their packages leave them: running."""
    machine.put("/usr/sbin/pdns_server", "")
    for number, name in enumerate((CHECKS, POWERDNS)):
        machine.units[name] = Running(active=True, pid=70 + number, enabled=True)
    return machine


def restarted(machine: Machine) -> list[str]:
    words = [command.split() for command in machine.commands]
    return [each[2] for each in words if each[:2] == ["systemctl", "restart"]]


def test_each_program_is_restarted_for_its_own_files_alone(server: Machine) -> None:
    assert server.apply(zone()) == 0
    assert restarted(server) == [CHECKS, POWERDNS]
    server.commands.clear()
    assert server.apply(zone("two")) == 0
    assert restarted(server) == [POWERDNS], "checks that know who is well go on"
    server.commands.clear()
    assert server.apply(zone("two", "others")) == 0
    assert restarted(server) == [CHECKS]
    server.commands.clear()
    assert server.apply(zone("two", "others")) == 0
    assert not restarted(server) and server.answers[-1]["changed"] is False


@pytest.mark.parametrize(
    ("made", "who"),
    [
        (zone("refused by its check"), "pdnsutil"),
        (zone(checks="refused by its check"), "haproxy"),
    ],
)
def test_what_a_program_does_not_take_changes_nothing(server: Machine, made: bundles.Made, who: str) -> None:
    said = refused(server, lambda: server.apply(made))
    assert f"is refused by {who}" in said


def test_a_zone_that_is_not_served_after_all_goes_back(server: Machine) -> None:
    assert server.apply(zone()) == 0
    before = server.tree()
    server.commands.clear()
    assert server.apply(zone("broken when loaded")) == 3
    assert "PowerDNS does not serve example.com: no such domain" in "".join(server.said)
    assert server.text(f"{FOLDER}/zone") == "one"
    assert {path for path in before if path.startswith("/etc")} <= set(server.tree())
    assert restarted(server) == [POWERDNS, CHECKS, POWERDNS]


def test_an_address_that_is_new_must_be_well_before_it_is_answered(server: Machine) -> None:
    first = Checking(server)
    assert server.apply(zone(), host=first) == 0
    assert first.asked == [], "a host's first zone may be of a day on which a region is lost"
    server.commands.clear()
    later = Checking(server, n2=9)
    assert server.apply(zone("two", "two", answers=("192.0.2.1", "192.0.2.2")), host=later) == 0
    assert restarted(server) == [CHECKS, POWERDNS]
    assert set(later.asked) == {"192.0.2.2"} and len(later.asked) > 10, "it came up late, and was waited for"
    known = Checking(server)
    assert server.apply(zone("three", "two", answers=("192.0.2.2", "192.0.2.1")), host=known) == 0
    assert known.asked == [], "one that is lost today is no hindrance"


def test_one_that_is_not_well_is_not_answered_and_is_named(server: Machine) -> None:
    assert server.apply(zone(), host=Checking(server)) == 0
    server.commands.clear()
    assert server.apply(zone("two", "two", answers=("192.0.2.1", "192.0.2.2")), host=Checking(server)) == 3
    said = "".join(server.said)
    assert (
        "192.0.2.2 is new behind example.com, and not well as this host sees it" in said and "drained" in said
    )
    assert server.text(f"{FOLDER}/zone") == "one"
    assert restarted(server) == [CHECKS, CHECKS, POWERDNS], "PowerDNS on the way back alone"


def test_taken_off_both_programs_go_on_as_their_packages_have_them(server: Machine) -> None:
    assert server.apply(zone()) == 0
    server.commands.clear()
    assert server.remove(service="shop-dns") == 0
    assert restarted(server) == [CHECKS, POWERDNS]
    assert not [path for path in server.tree() if path.startswith(FOLDER) and path.endswith("zone")]
