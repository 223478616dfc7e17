"""A journal that is sent: what it takes must be there, and a receiver that is away is told."""

from __future__ import annotations

import json

from tests.activator import bundles
from tests.activator.machine import Machine
from tests.activator.test_refusals import refused

KEY = "/etc/ssl/logs/own.key"
MADE = bundles.edge(logs={"unit": "sent.service", "to": "https://logs.example", "files": [KEY]})


def test_a_file_that_is_not_there_is_named_and_nothing_changes(machine: Machine) -> None:
    said = refused(machine, lambda: machine.apply(MADE))
    assert f"{KEY} is not there, which `logs.send` names" in said


def test_one_that_is_there_is_enough_and_a_sender_that_runs_is_no_difference(machine: Machine) -> None:
    path = machine.root / KEY.lstrip("/")
    path.parent.mkdir(parents=True)
    path.write_text("key")
    assert machine.apply(MADE) == 0, machine.said
    assert machine.main("drift", "--service", "edge") == 0
    assert "does not arrive" not in json.dumps(machine.answers[-1])
