"""An unconfirmed release that another one replaces before it was confirmed: no host is left with either by itself."""

from __future__ import annotations

import pytest

from tests.activator import bundles
from tests.activator.machine import Machine

RELEASES = tuple(bundles.service(f"healthy {number}", keep=2) for number in range(1, 6))
WITHIN = ("--confirm-within", "60")


@pytest.mark.parametrize("count", [2, 3, 4])
def test_unconfirmed_releases_in_a_row_go_back_to_the_one_that_was_confirmed(machine: Machine, count: int):
    assert machine.apply(RELEASES[0]) == 0
    for made in RELEASES[1 : count + 1]:
        assert machine.apply(made, *WITHIN) == 0, machine.said
    assert machine.answering() == {f"healthy {count + 1}"}
    assert machine.fire() == 0, machine.said
    assert machine.answering() == {"healthy 1"}
    assert machine.status()["unconfirmed"] is False
    assert machine.outages == []


def test_what_is_confirmed_after_an_unconfirmed_one_stays_and_is_what_the_next_goes_back_to(machine: Machine):
    one, two, three, four, _ = RELEASES
    assert machine.apply(one) == 0
    assert machine.apply(two, *WITHIN) == 0
    assert machine.apply(three, *WITHIN) == 0
    assert machine.confirm(three) == 0
    assert machine.apply(four, *WITHIN) == 0
    assert machine.fire() == 0, machine.said
    assert machine.answering() == {"healthy 3"}
