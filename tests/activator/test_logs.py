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


def test_the_way_back_and_what_is_put_right_do_not_ask_for_files_of_a_journal(machine: Machine) -> None:
    one = bundles.service("healthy 1", logs=MADE.manifest["logs"])
    path = machine.root / KEY.lstrip("/")
    path.parent.mkdir(parents=True)
    path.write_text("key")
    assert machine.apply(one) == 0, machine.said
    assert machine.apply(bundles.service("healthy 2"), "--confirm-within", "60") == 0, machine.said
    path.unlink()
    assert machine.fire() == 0, machine.said
    assert machine.answering() == {"healthy 1"}
    config = machine.root / "opt/greeter/conf/haproxy.cfg"
    kept = config.read_text()
    config.write_text("changed by hand")
    assert machine.main("mend", "--service", "greeter") == 0, machine.said
    assert config.read_text() == kept
