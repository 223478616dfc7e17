"""A machine whose clock nobody keeps is refused where that is wanted, and its way back is not."""

from __future__ import annotations

import json

from tests.activator import bundles
from tests.activator.machine import Machine
from tests.activator.test_refusals import refused

ONE, TWO = bundles.service("healthy 1", clock=True), bundles.service("healthy 2", clock=True)


def test_a_clock_that_nobody_keeps_is_refused_and_nothing_changes(machine: Machine) -> None:
    machine.synchronised = "no"
    said = refused(machine, lambda: machine.apply(ONE))
    assert "the clock of web1 is not synchronised (timedatectl says 'no')" in said
    assert machine.apply(bundles.service("healthy 1")) == 0, "nobody wanted it"


def test_the_way_back_does_not_ask_and_drift_tells(machine: Machine) -> None:
    assert machine.apply(ONE) == 0, machine.said
    assert machine.apply(TWO, "--confirm-within", "60") == 0, machine.said
    machine.synchronised = "no"
    assert machine.main("drift", "--service", "greeter") == 0
    assert "is not synchronised" in json.dumps(machine.answers[-1])
    assert machine.fire() == 0, machine.said
    assert machine.answering() == {"healthy 1"}
