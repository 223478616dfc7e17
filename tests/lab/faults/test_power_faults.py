"""Hosts that reboot, and one that never comes back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lab.evidence import steady
from tests.lab.faults.fleet import PRECIOUS, root
from tests.lab.faults.row import Row, at

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


@pytest.mark.quick
@pytest.mark.fault("reboot-in-release", "A host reboots while the new release proves its health there.")
@at("middle")
def test_a_host_that_reboots_in_its_release_comes_back_with_the_old_one(row: Row) -> None:
    row.fleet.configure(health={"deadline": 60}, FAULT_ON=row.host.name, HEALTHY_AFTER="20s")
    with row.users(*row.others):
        deploy = row.begin()
        row.reached("health")
        row.host.reboot()
        row.fails(f"deploy@{row.host.address}:22", deploy.ended())
        steady(lambda: row.fleet.serves() == [row.fleet.wanted, row.old, row.old], "the old release")
        row.serves("new", "old", "old")
        row.goes_back()
        row.heals()


@pytest.mark.fault("reboot-after-release", "All hosts reboot after a release.")
@at("last")
def test_after_a_reboot_every_host_serves_the_release_that_was_live(row: Row) -> None:
    row.fleet.configure()
    done = row.fleet.up()
    assert done.code == 0, done.text
    row.record.deployed(done.code, done.seconds, done.text, " updated")
    with ThreadPoolExecutor() as side_by_side:
        list(side_by_side.map(lambda host: host.reboot(), row.fleet.hosts))
    steady(lambda: row.fleet.serves() == [row.fleet.wanted] * 3, "the release")
    row.serves("new", "new", "new")
    row.record.heals = "nothing to heal"
    with row.users():
        row.converged()


@pytest.mark.fault(
    "host-gone", "A host dies for good and is forgotten; later one of its name is there again."
)
@at("last")
def test_a_dead_host_is_forgotten_with_its_batch_and_may_come_back(row: Row) -> None:
    fleet = row.fleet
    with row.users(*row.others):
        row.host.kill()
        fleet.configure(hosts=fleet.hosts[:2])
        forgotten = fleet.project.run("-m", "engine", "forget", "--stack", "local", "--host", row.host.name)
        assert forgotten.code == 0, forgotten.text
        done = fleet.up()
        assert done.code == 0, done.text
        row.record.deployed(done.code, done.seconds, done.text, "2 hosts in 2 batches: first | middle")
        assert fleet.serves(*row.others) == [fleet.wanted] * 2
        row.record.after = "new, new, no power"
        row.host.start()
        row.host.wait_ready()
        assert root(row.host, f"cat {PRECIOUS}") == row.host.name
        row.heals()
