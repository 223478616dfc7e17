"""What a monitor is told of a service, in the words of node exporter's textfile collector."""

from __future__ import annotations

import re

from activator import facts
from tests.activator import bundles
from tests.activator.machine import Machine

ONE, TWO = (bundles.service(f"healthy {number}") for number in (1, 2))
ILL = bundles.service("healthy 3")
LINE = re.compile(r'slipway_[a-z_]+\{([a-z]+="(?:[^"\\]|\\.)*",?)+\} -?[0-9.e+]+')


def told(machine: Machine) -> dict[str, str]:
    """Name of each sample -> its line, of which each must be one that Prometheus reads."""
    assert machine.main("facts", "--service", "greeter") == 0
    lines = [line for line in machine.text(facts.path("greeter")).splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in lines), lines
    return {line.split("{")[0].removeprefix("slipway_"): line for line in lines}


def test_the_live_release_is_named_with_its_slot(machine: Machine) -> None:
    machine.apply(ONE)
    machine.apply(TWO)
    found = told(machine)
    slot = machine.status()["slot"]
    assert f'release="{TWO.release}",version="healthy 2",slot="{slot}"' in found["release_info"]
    assert found["release_unconfirmed"].endswith(" 0")
    assert "release_reverted_timestamp_seconds" not in found


def test_one_that_waits_to_be_confirmed_says_so_until_it_is(machine: Machine) -> None:
    machine.apply(ONE)
    machine.apply(TWO, "--confirm-within", "60")
    assert told(machine)["release_unconfirmed"].endswith(" 1")
    machine.confirm(TWO)
    assert told(machine)["release_unconfirmed"].endswith(" 0")


def test_one_that_was_taken_back_before_it_was_live_is_told(machine: Machine) -> None:
    machine.apply(ONE)
    machine.ill.add("healthy 3")
    assert machine.apply(ILL) == 3
    first = told(machine)
    assert "release_reverted_timestamp_seconds" in first
    assert f'release="{ONE.release}"' in first["release_info"]


def test_one_that_went_back_by_itself_is_told(machine: Machine) -> None:
    machine.apply(ONE)
    machine.apply(TWO, "--confirm-within", "60")
    machine.fire()
    found = told(machine)
    assert "release_reverted_timestamp_seconds" in found
    assert f'release="{ONE.release}"' in found["release_info"]


def test_nothing_is_told_of_a_service_that_is_gone(machine: Machine) -> None:
    machine.apply(ONE)
    told(machine)
    machine.remove()
    assert machine.main("facts", "--service", "greeter") == 0
    assert not (machine.root / facts.path("greeter").lstrip("/")).exists()


def test_what_would_end_a_label_is_escaped() -> None:
    text = facts.text([("release_info", {"version": 'a"b\\c\nd'}, 1)])
    assert text.splitlines()[-1] == 'slipway_release_info{version="a\\"b\\\\c\\nd"} 1'
