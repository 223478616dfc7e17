"""Whoever deploys dies at some moment, or is not the only one."""

from __future__ import annotations

import re

import pytest

from tests.lab.faults.fleet import SERVICE, UPLOADS, events, on_disk, root, until
from tests.lab.faults.link import slow
from tests.lab.faults.row import Row, at, at_each_host

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def uploads(row: Row) -> dict[str, list[str]]:
    return {
        host.name: sorted(path.name for path in on_disk(host, UPLOADS).iterdir()) for host in row.fleet.hosts
    }


@pytest.mark.fault("killed-before-copy", "The deploying machine dies before it has reached a host.")
@at("first")
def test_killed_before_the_copy_no_host_has_noticed(row: Row) -> None:
    row.fleet.configure()
    before = uploads(row)
    with row.users():
        deploy = row.begin()
        until(lambda: "engine:" in deploy.output.read_text(), "the first line")
        deploy.kill()
        row.died(deploy)
        row.serves("old", "old", "old")
        assert uploads(row) == before
        assert [len(events(host)) for host in row.fleet.hosts] == list(row.known.values())
        row.heals(same=True)


@pytest.mark.fault("killed-mid-copy", "The deploying machine dies while it copies.")
@at("first")
def test_killed_in_the_copy_the_next_one_copies_anew(row: Row) -> None:
    row.fleet.configure()
    with row.users():
        with slow(row.host):
            deploy = row.begin()
            until(lambda: row.half_copied() is not None, "half a copy")
            deploy.kill()
        row.died(deploy)
        row.serves("old", "old", "old")
        assert row.half_copied() is not None, "it was killed too late to prove anything"
        row.heals(same=True)


@pytest.mark.fault(
    "killed-after-copy", "The deploying machine dies when all has been copied and nothing begun."
)
@at("first")
def test_killed_after_the_copy_hosts_have_the_old_release_in_the_end(row: Row) -> None:
    row.fleet.configure()
    with row.users():
        # Nothing can begin on the first host while somebody has its lock.
        unit = "systemd-run --quiet --unit=holder"
        root(row.host, f"{unit} flock /var/lib/slipway/{SERVICE}/lock sleep 60")
        deploy = row.begin()
        until(
            lambda: len(re.findall(r"-bundle (?:created|updated) \(", deploy.output.read_text())) == 3,
            "all copies",
        )
        deploy.kill()
        root(row.host, "systemctl stop holder.service")
        row.died(deploy)
        row.idle()
        first, *others = row.fleet.serves()
        assert first in (row.old, row.fleet.wanted)
        assert others == [row.old, row.old]
        row.record.after = "old or new on the first, old elsewhere"
        row.goes_back()
        row.heals(same=True)


@pytest.mark.fault("killed-in-gate", "The deploying machine dies while the new release proves its health.")
@at_each_host
def test_killed_in_the_health_gate_all_hosts_go_back_by_themselves(row: Row) -> None:
    row.fleet.configure(FAULT_ON=row.host.name, HEALTHY_AFTER="1s")
    killed_at(row, "health")


@pytest.mark.fault(
    "killed-after-switch", "The deploying machine dies when users have just got the new release."
)
@at_each_host
def test_killed_after_the_switch_all_hosts_go_back_by_themselves(row: Row) -> None:
    row.fleet.configure()
    killed_at(row, "watch")


@pytest.mark.fault(
    "killed-before-confirm", "The deploying machine dies when all hosts have the release unconfirmed."
)
@at("last")
def test_killed_before_the_confirmation_all_hosts_go_back_by_themselves(row: Row) -> None:
    row.fleet.configure()
    killed_at(row, "commit")


def killed_at(row: Row, step: str) -> None:
    """The host ends alone what it began; it and those before it wait for a confirmation that never comes."""
    with row.users():
        deploy = row.begin()
        row.reached(step)
        deploy.kill()
        row.died(deploy)
        row.idle()
        done = row.place + 1
        row.serves(*["new"] * done, *["old"] * (3 - done))
        assert row.fleet.armed() == list(row.fleet.hosts[:done])
        row.goes_back()
        row.heals(same=True)


@pytest.mark.fault("two-stacks", "Two stacks deploy to the same hosts at once.")
@at("first")
def test_of_two_stacks_one_wins_and_the_other_is_told_who_holds_the_host(row: Row) -> None:
    fleet = row.fleet
    fleet.configure(health={"deadline": 60}, FAULT_ON=row.host.name, HEALTHY_AFTER="15s")
    winner_wants = fleet.wanted
    with row.users():
        winner = row.begin()
        row.reached("health")
        fleet.configure(stack="other")
        loser = fleet.start("other").ended()
        assert winner.process.poll() is None, "they did not meet"
        fleet.wanted = winner_wants
        row.fails("another run holds", loser)
        assert "for slipway/local/lab-first/" in loser.text
        assert loser.seconds < 60, "it is told at once, and does not wait for the other"
        assert winner.ended().code == 0
        row.serves("new", "new", "new")
        row.heals()
