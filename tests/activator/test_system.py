"""Who may read beside root: let in, put out again with everything else, and put right; and what of the system is only told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.activator import bundles
from tests.activator.machine import Machine
from tests.activator.test_refusals import refused

CONF, LOGS, JOURNAL = "/opt/greeter/conf", "/opt/greeter/logs", "/var/log/journal"


def read_by(group: str | None, binary: str = "healthy 1", **more: Any) -> bundles.Made:
    return bundles.service(binary, system={"operators": group}, **more)


@pytest.fixture
def kept(machine: Machine) -> Machine:
    machine.users |= {"ops", "audit"}
    machine.put(f"{JOURNAL}/x", "")
    machine.put("/usr/bin/setfacl", "")
    return machine


def test_a_group_that_is_not_there_is_refused_and_nothing_changes(machine: Machine) -> None:
    assert "the group ops is not on web1" in refused(machine, lambda: machine.apply(read_by("ops")))


def test_the_group_may_read_until_another_may_or_none_or_the_service_goes(kept: Machine) -> None:
    all = {CONF, LOGS, JOURNAL}
    assert kept.apply(read_by("ops")) == 0, kept.said
    assert kept.acl == dict.fromkeys(all, "ops")
    assert kept.apply(read_by("audit", "healthy 2")) == 0
    assert kept.acl == dict.fromkeys(all, "audit")
    assert kept.apply(read_by(None, "healthy 3")) == 0
    assert kept.acl == {}
    assert kept.apply(read_by("ops")) == 0
    assert kept.remove() == 0
    assert kept.acl == {}


def test_a_release_that_fails_lets_those_of_before_read(kept: Machine) -> None:
    assert kept.apply(read_by("audit", "ill at once")) == 3
    assert kept.acl == {}
    assert kept.apply(read_by("ops")) == 0
    assert kept.apply(read_by("audit", "ill at once")) == 3
    assert set(kept.acl.values()) == {"ops"}


def test_a_disk_that_knows_no_such_rights_fails_the_release(kept: Machine) -> None:
    kept.unreadable = True
    assert kept.apply(read_by("ops")) == 3
    assert any("could not let the operators read: Operation not supported" in line for line in kept.said)


def test_the_journal_stays_readable_for_another_release_here(kept: Machine) -> None:
    assert kept.apply(read_by("ops")) == 0
    assert kept.apply(bundles.edge(system={"operators": "ops"}, listens=[80])) == 0, kept.said
    assert kept.remove() == 0
    assert kept.acl == {JOURNAL: "ops"}


def test_what_was_taken_by_hand_is_put_right(kept: Machine) -> None:
    assert kept.apply(read_by("ops")) == 0
    del kept.acl[JOURNAL]
    assert kept.apply(read_by("ops")) == 0
    assert f"not as released: {JOURNAL} (read by ops)" in kept.said
    assert kept.acl[JOURNAL] == "ops"


def test_a_wanted_reboot_and_an_open_sshd_are_told_where_the_system_is_asked_about(kept: Machine) -> None:
    def told() -> str:
        assert kept.main("drift", "--service", "greeter") == 0
        return json.dumps(kept.answers[-1]["differs"])

    assert kept.apply(read_by(None)) == 0
    assert told() == "[]"
    kept.put("/run/reboot-required", "")
    kept.put("/run/reboot-required.pkgs", "linux-image-amd64\nlinux-image-amd64\n")
    kept.sshd = "permitrootlogin prohibit-password\npasswordauthentication yes\n"
    assert "it wants to be rebooted for linux-image-amd64" in told()
    assert "sshd has permitrootlogin prohibit-password" in told() and "passwordauthentication yes" in told()
    assert kept.apply(read_by(None)) == 0
    assert kept.answers[-1]["changed"] is False, "nothing that a release could put right"
    assert kept.apply(bundles.service("healthy 2")) == 0
    assert told() == "[]"
