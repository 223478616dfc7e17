"""Values of the kernel: set, put back with everything else, put right, and given back with the last service that wants them."""

from __future__ import annotations

import pytest

from tests.activator import bundles
from tests.activator.machine import Machine

NAME, PATH = "net.core.somaxconn", "/proc/sys/net/core/somaxconn"
TUNED = bundles.service("healthy 1", kernel={NAME: "8192"})
NEXT = bundles.service("healthy 2", kernel={NAME: "16384"})
PLAIN = bundles.service("healthy 3")
EDGE = bundles.edge(kernel={NAME: "8192"}, listens=[80])


@pytest.fixture
def stock(machine: Machine) -> Machine:
    machine.put(PATH, "4096\n")
    return machine


def test_a_value_is_set_and_another_release_sets_another(stock: Machine) -> None:
    assert stock.apply(TUNED) == 0
    assert stock.text(PATH) == "8192"
    assert stock.apply(NEXT) == 0
    assert stock.text(PATH) == "16384"


def test_it_is_as_it_was_when_the_release_fails_or_wants_it_no_more_or_goes(stock: Machine) -> None:
    assert stock.apply(bundles.service("ill at once", kernel={NAME: "8192"})) == 3
    assert stock.text(PATH).strip() == "4096"
    assert stock.apply(TUNED) == 0
    assert stock.apply(PLAIN) == 0
    assert stock.text(PATH).strip() == "4096"
    assert stock.apply(TUNED) == 0
    assert stock.remove() == 0
    assert stock.text(PATH).strip() == "4096"


def test_what_another_service_here_wants_stays(stock: Machine) -> None:
    assert stock.apply(TUNED) == 0
    assert stock.apply(EDGE) == 0
    assert stock.remove() == 0
    assert stock.text(PATH) == "8192"


@pytest.mark.parametrize("wanted", ["8192", "16384"])
@pytest.mark.parametrize("first", ["greeter", "edge"])
def test_whoever_goes_last_gives_back_what_was_before_the_first(
    stock: Machine, wanted: str, first: str
) -> None:
    assert stock.apply(TUNED) == 0
    assert stock.apply(bundles.edge(kernel={NAME: wanted}, listens=[80])) == 0
    assert stock.remove(service=first) == 0
    assert stock.text(PATH) == wanted
    assert stock.remove(service="edge" if first == "greeter" else "greeter") == 0
    assert stock.text(PATH).strip() == "4096"


def test_one_that_was_changed_by_hand_is_put_right_in_place(stock: Machine) -> None:
    assert stock.apply(TUNED) == 0
    stock.put(PATH, "128")
    assert stock.apply(TUNED) == 0
    assert stock.text(PATH) == "8192"
    assert f"not as released: {NAME}" in stock.said


def test_what_the_kernel_does_not_take_is_told_once_and_no_failure(machine: Machine) -> None:
    assert machine.apply(TUNED) == 0
    assert any(
        f"this kernel does not take {NAME} (No such file or directory)" in line for line in machine.said
    )
    assert machine.apply(TUNED) == 0
    assert machine.answers[-1]["changed"] is False
