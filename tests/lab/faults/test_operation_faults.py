"""What stands around a service breaks: packet filter, kernel values, certificates, where journals go, the monitor."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab.kind import Kind
from lab.lab import Lab
from lab.machine import Machine
from tests.lab import evidence
from tests.lab.faults.conftest import described
from tests.lab.faults.fleet import PRECIOUS, Fleet, root
from tests.lab.faults.operated import RENEWAL, Around, Operated, certificate
from tests.lab.faults.page import OPERATED
from tests.lab.faults.row import at
from tests.lab.hosts import ca
from tests.lab.logs.conftest import say
from tests.lab.logs.receiver import Receiver
from tests.lab.project import Project

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
TABLE = "nft --stateless list table inet slipway"


@pytest.fixture(scope="module")
def around(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Around]:
    host, edge, monitor = (lab.add(name, kind=Kind.OBSERVED) for name in ("shop", "front", "watch"))
    fleet = Fleet(project=Project(tmp_path_factory.mktemp("operated"), {}), hosts=(host,))
    found = Around(fleet=fleet, edge=edge, monitor=monitor, sink=Receiver(monitor))
    found.operate()
    root(host, f"echo {host.name} >{PRECIOUS}")
    yield found
    for machine in (host, edge, monitor):
        lab.remove(machine.name)


@pytest.fixture
def row(request: pytest.FixtureRequest, around: Around, where: str) -> Operated:
    fleet = around.fleet
    assert fleet.sound, "the row before did not end"
    fleet.sound = False
    record = described(request, OPERATED, where)
    return Operated(fleet=fleet, record=record, old=fleet.good, place=0, around=around)


@contextmanager
def table_held(host: Machine) -> Iterator[None]:
    """Another program has taken the table for its own, so that the kernel gives it to nobody else."""
    taken = "delete table inet slipway; add table inet slipway { flags owner; }"
    # It owns the table for as long as it runs.
    root(host, f"systemd-run -q --unit=taker sh -c \"(echo '{taken}'; sleep 600) | nft -i\"")
    evidence.wait_for(lambda: "flags owner" in root(host, TABLE, check=False), "the taker")
    try:
        yield
    finally:
        root(host, "systemctl stop taker.service")


@pytest.mark.fault("firewall-refused", "The host's kernel does not take the packet filter.")
@at("host")
def test_a_packet_filter_that_the_kernel_refuses_changes_nothing(row: Operated) -> None:
    place = copy.deepcopy(row.fleet.place)
    place["firewall"]["open"].append(
        {"port": 9999, "sources": ["192.0.2.9"], "on": "hosts", "why": "another"}
    )
    row.fleet.place, kept = place, row.fleet.place
    row.fleet.configure()
    with row.users():
        with table_held(row.host):
            done = row.fails("Could not process rule: Operation not permitted")
        assert f"refused on {row.host.name}, nothing was changed: the firewall is refused by" in done.text
        row.stopped_here()
        row.heals(same=True)
    assert "dport 9999" in root(row.host, TABLE)
    row.fleet.place = kept


@pytest.mark.fault("sysctl-refused", "The host's kernel does not take a value.")
@at("host")
def test_a_value_that_the_kernel_refuses_stops_no_release(row: Operated) -> None:
    row.fleet.place["tuning"] = {"more": {"vm.max_map_count": "262144"}}
    row.fleet.configure()
    with row.users():
        done = row.fleet.up()
        row.arrives(done)
    row.record.deployed(done.code, done.seconds, done.text, "this kernel does not take vm.max_map_count")
    row.fleet.place["tuning"] = {}


@pytest.mark.fault("sink-away", "The machine that takes the journals is away.")
@at("sink")
def test_a_release_needs_nobody_who_takes_journals_and_all_arrives_later(row: Operated) -> None:
    row.around.sink.stop()
    row.fleet.configure()
    with row.users():
        done = row.fleet.up()
        lines = say(row.host, "away", 200)
        evidence.wait_for(lambda: "does not arrive" in row.told("drift", row.host), "word of it")
        row.around.sink.start()
        evidence.wait_for(lambda: row.around.sink.got("away") == lines, "every line, once")
        row.arrives(done)


@pytest.mark.fault("monitor-away", "The monitor is away.")
@at("monitor")
def test_a_release_needs_no_monitor_which_sees_it_when_it_is_back(row: Operated) -> None:
    row.fleet.configure()
    with row.users():
        row.around.monitor.cut()
        try:
            done = row.fleet.up()
        finally:
            row.around.monitor.mend()
        row.arrives(done)
        new = evidence.status(row.host, "faulty")["release"]
        evidence.wait_for(lambda: new in row.watched(), "the new release at the monitor")


@pytest.mark.fault("edge-dead", "The one edge has no power.")
@at("edge")
def test_a_release_needs_no_edge_which_serves_it_when_it_is_back(row: Operated) -> None:
    edge = row.around.edge
    row.fleet.configure()
    with row.users(lossless=False) as seen:
        edge.kill()
        done = row.fleet.up()
        row.serves("new")
        edge.start()
        edge.wait_ready()
    assert seen.lost
    with row.users():
        row.arrives(done)
    row.record.said = "(without another region behind the same name users have no answer until it is back)"


@pytest.mark.fault("certificate-ended", "The edge's certificate has ended, and the edge itself is to change.")
@at("edge")
def test_a_certificate_that_has_ended_stops_a_change_of_the_edge_before_any_host_has_it(
    row: Operated,
) -> None:
    edge = row.around.edge
    row.fleet.place["edge"]["tls"]["hsts"] = 600
    row.fleet.configure()
    with row.users():
        certificate(edge, "-2days", "-1days")
        assert "ended on" in row.told("drift", edge)
        row.fails(f"refused on {edge.name}, nothing was changed: /etc/ssl/shop.pem ended on")
        row.stopped_here()
        certificate(edge, "-2days", "90days")
        row.heals(same=True)


@pytest.mark.fault("renewal-refused", "The CA does not renew the edge's certificate.")
@at("edge")
def test_a_renewal_that_is_refused_stops_no_release_and_is_mended(
    row: Operated, tmp_path_factory: pytest.TempPathFactory
) -> None:
    edge = row.around.edge
    with ca.authority(tmp_path_factory.mktemp("ca"), edge.network.gateway, edge.address) as authority:
        root(edge, f"cat >/etc/ssl/pebble.pem <<'END'\n{authority.root.decode()}END\n")
        acme = {
            "email": "web@example.com",
            "directory": authority.directory,
            "authority": "/etc/ssl/pebble.pem",
        }
        row.fleet.place["edge"]["tls"] = {"acme": acme}
        row.fleet.configure()
        assert row.fleet.up().code == 0
        row.old = row.fleet.wanted
        with row.users():
            authority.names.address = edge.network.gateway  # where nobody answers for the name
            renewals = "/opt/faulty-edge/data/acme/renewal/*.conf"
            root(edge, f"sed -i '1i renew_before_expiry = 1000 days' {renewals}")
            root(edge, f"systemctl start {RENEWAL}", check=False)
            row.fleet.configure()
            done = row.fleet.up()
            assert "could not be renewed" in row.told("drift", edge)
            authority.names.address = edge.address
            root(edge, f"sed -i '/^renew_before_expiry/d' {renewals}")
            row.told("mend", edge)
            assert '"differs": []' in row.told("drift", edge)
            row.arrives(done)
