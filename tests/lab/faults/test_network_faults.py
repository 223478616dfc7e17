"""The way to one host of the fleet breaks, or another machine answers there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab.machine import Machine
from tests.lab.faults.fleet import events, root, until
from tests.lab.faults.link import slow
from tests.lab.faults.row import Row, at

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
KEY = "/etc/ssh/ssh_host_ed25519_key"


@contextmanager
def another_host_key(host: Machine) -> Iterator[None]:
    """The sshd shows a key that nobody pinned; connections that are there already go on."""
    keep = f"cp -a {KEY} {KEY}.kept && cp -a {KEY}.pub {KEY}.pub.kept"
    root(host, f"{keep} && rm {KEY} && ssh-keygen -q -t ed25519 -N '' -f {KEY} && systemctl restart ssh")
    try:
        yield
    finally:
        root(host, f"mv {KEY}.kept {KEY} && mv {KEY}.pub.kept {KEY}.pub && systemctl restart ssh")


@pytest.mark.quick
@pytest.mark.fault("host-key-changed", "A host shows another key than the one that is pinned.")
@at("middle")
def test_a_changed_host_key_stops_the_release_before_anything_is_written_there(row: Row) -> None:
    row.fleet.configure()
    before = len(events(row.host))
    with row.users():
        with another_host_key(row.host):
            row.fails("its host key is not the one that hostKey pins")
        assert len(events(row.host)) == before
        first, *others = row.fleet.serves()
        assert first in (row.old, row.fleet.wanted)
        assert others == [row.old, row.old]
        row.record.after = "old or new on the first, old elsewhere"
        row.goes_back()
        row.heals(same=True)


@pytest.mark.fault("unreachable", "A host has no power.")
@at("last")
def test_a_host_without_power_stops_the_release_and_the_others_go_back(row: Row) -> None:
    row.fleet.configure()
    with row.users(*row.others):
        row.host.kill()
        done = row.fails(f"cannot reach deploy@{row.host.address}:22")
        assert done.seconds < 90, "a dead host is named within a minute"
        row.host.start()
        row.host.wait_ready()
        until(lambda: row.fleet.serves(row.host) == [row.old], "the host's own release")
        row.stopped_here()
        row.heals(same=True)


@pytest.mark.fault("hangs", "A host accepts connections and then hangs.")
@at("first")
def test_a_host_that_hangs_stops_the_release_before_any_host_has_it(row: Row) -> None:
    row.fleet.configure()
    with row.users(*row.others):
        row.host.pause()
        try:
            done = row.fails(f"cannot reach deploy@{row.host.address}:22")
            assert done.seconds < 90, "a hanging host is named within a minute"
        finally:
            row.host.resume()
        row.stopped_here()
        row.heals(same=True)


@pytest.mark.fault("sshd-restarted", "The host's sshd is restarted while a bundle is copied.")
@at("first")
def test_a_restart_of_sshd_in_the_copy_disturbs_nothing(row: Row) -> None:
    row.fleet.configure()
    with row.users():
        with slow(row.host):
            deploy = row.begin()
            until(lambda: row.half_copied() is not None, "half a copy")
            root(row.host, "systemctl restart ssh")
            assert row.half_copied() is not None, "it was restarted too late to prove anything"
        row.arrives(deploy.ended())


@pytest.mark.fault("session-killed", "The SSH session is killed on the host while a bundle is copied.")
@at("first")
def test_a_copy_that_is_cut_off_fails_and_is_made_anew(row: Row) -> None:
    row.fleet.configure()
    with row.users():
        with slow(row.host):
            deploy = row.begin()
            until(lambda: row.half_copied() is not None, "half a copy")
            writer = "find /proc/[0-9]*/fd -lname '*/.slipway/*.tar.gz' 2>/dev/null | cut -d/ -f3"
            root(row.host, f"kill -KILL $({writer})")
            row.fails("copying to", deploy.ended())
        row.stopped_here()
        row.heals(same=True)


@pytest.mark.fault(
    "cut-and-mended", "The host's cable is out while the release goes on there, and is put back."
)
@at("middle")
def test_a_host_ends_alone_what_it_began_and_the_release_goes_on_when_the_cable_is_back(row: Row) -> None:
    row.fleet.configure(FAULT_ON=row.host.name, HEALTHY_AFTER="1s")
    with row.users(*row.others):
        deploy = row.begin()
        row.reached("health")
        row.host.cut()
        try:
            row.reached("commit")
        finally:
            row.host.mend()
        row.arrives(deploy.ended())


@pytest.mark.fault("cut-for-long", "The host's cable is out until whoever deploys gives up.")
@at("middle")
def test_hosts_go_back_by_themselves_when_the_deployer_gives_up_on_a_host_without_network(row: Row) -> None:
    row.fleet.configure(FAULT_ON=row.host.name, HEALTHY_AFTER="1s")
    with row.users(*row.others):
        deploy = row.begin()
        row.reached("health")
        row.host.cut()
        try:
            row.reached("commit")
            deploy.interrupt()
            done = deploy.ended(60)
        finally:
            row.host.mend()
        row.fails("nterrupt", done)
        row.idle()
        row.serves("new", "new", "old")
        row.goes_back()
        row.heals(same=True)
