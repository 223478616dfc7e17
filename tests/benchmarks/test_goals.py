"""Which goals are met, and what stands beside them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.goals import goals
from benchmarks.record import Record
from tests.benchmarks.records import of


def met(name: str, *records: Record) -> bool | None:
    found = [goal for goal in goals(records) if goal.name.startswith(name)]
    assert len(found) == 1, f"{name} is among {[goal.name for goal in goals(records)]}"
    return found[0].met


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        (
            "one-line change",
            (of("change", "slipway", seconds=8), of("change", "pyinfra", seconds=10)),
            (of("change", "slipway", seconds=8.1), of("change", "pyinfra", seconds=10)),
        ),
        (
            "no-op",
            (of("noop", "slipway", seconds=1.3), of("empty", "slipway", seconds=1)),
            (of("noop", "slipway", seconds=1.0, connections=1), of("empty", "slipway", seconds=1)),
        ),
        (
            "bytes per host",
            (of("change", "slipway", sent=400),),
            (of("change", "slipway", sent=401),),
        ),
        (
            "rollback",
            (of("rollback", "slipway", seconds=3), of("rollback", "pyinfra", seconds=5)),
            (of("rollback", "slipway", seconds=3.1), of("rollback", "pyinfra", seconds=6)),
        ),
        (
            "connections per host",
            (of("change", "slipway", connections=8),),
            (of("change", "slipway", connections=9),),
        ),
        (
            "processor seconds",
            (of("change", "slipway", cpu=2), of("change", "pyinfra", cpu=2)),
            (of("change", "slipway", cpu=2.1), of("change", "pyinfra", cpu=2)),
        ),
        (
            "seconds per further",
            (of("change", "slipway", seconds=5), of("change", "slipway", hosts=16, seconds=8)),
            (of("change", "slipway", seconds=5), of("change", "slipway", hosts=16, seconds=8.1)),
        ),
        (
            "requests lost",
            tuple(of("load", "slipway", requests=9) for _ in range(10)),
            (of("load", "slipway", lost=1, requests=9),),
        ),
    ],
)
def test_a_goal_is_met_up_to_its_limit(name: str, good: tuple[Record, ...], bad: tuple[Record, ...]) -> None:
    assert met(name, *good) is True
    assert met(name, *bad) is False


def test_a_goal_of_which_nothing_was_measured_is_not_met() -> None:
    assert met("requests lost") is None
    assert met("requests lost", *[of("load", "slipway", requests=9)] * 9) is None
    assert met("one-line change", of("change", "slipway", seconds=1)) is None


def test_what_a_further_host_takes_stands_beside_what_it_takes_the_others() -> None:
    ours = [of("change", "slipway", seconds=5), of("change", "slipway", hosts=16, seconds=17)]
    floor = [of("change", "floor", seconds=4), of("change", "floor", hosts=16, seconds=10)]
    (told,) = (each for each in goals([*ours, *floor]) if each.name.startswith("seconds per further"))
    assert told.measured == "1.00 s; floor 0.50 s" and told.met is False


def test_slower_links_count_for_no_goal() -> None:
    slow = replace(of("change", "slipway", seconds=99), link="80 ms")
    quick = of("change", "slipway", seconds=1), of("change", "pyinfra", seconds=10)
    assert met("one-line change", slow, *quick) is True
