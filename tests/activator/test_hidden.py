"""Secrets of a release without a process of its own: files that root writes and one group reads."""

from __future__ import annotations

import json

import pytest

from tests.activator import bundles
from tests.activator.machine import Machine

PATH = "/etc/slipway/monitor/ALERT_URL"
MADE = bundles.edge(hidden={"ALERT_URL": {"target": PATH, "group": "prometheus"}})
SECRET = json.dumps({"ALERT_URL": "https://hooks.example/hunter22"})


@pytest.fixture(autouse=True)
def group(machine: Machine) -> None:
    """As the packages make it."""
    machine.users.add("prometheus")


def test_a_secret_is_a_file_for_its_group_alone(machine: Machine) -> None:
    assert machine.apply(MADE, secrets=SECRET) == 0, machine.said
    assert machine.text(PATH) == "https://hooks.example/hunter22"
    assert (machine.root / PATH.lstrip("/")).stat().st_mode & 0o777 == 0o640
    assert machine.owners[PATH] == ("root", "prometheus")
    assert "hunter22" not in "\n".join([*machine.said, *machine.commands])


def test_a_secret_that_was_not_given_is_named_and_nothing_changes(machine: Machine) -> None:
    assert machine.apply(MADE, secrets="{}") != 0
    assert not (machine.root / PATH.lstrip("/")).exists()
    assert any("ALERT_URL" in line and "slipway:secrets" in line for line in machine.said)


def test_one_that_was_removed_by_hand_is_found(machine: Machine) -> None:
    assert machine.apply(MADE, secrets=SECRET) == 0
    (machine.root / PATH.lstrip("/")).unlink()
    assert machine.main("drift", "--service", "edge") == 0
    assert PATH in json.dumps(machine.answers[-1])
