"""A wall clock that jumps. Containers share this machine's clock, so this needs a machine with a kernel of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from lab.lab import Lab
from tests.lab.evidence import wait_for
from tests.lab.faults.conftest import described
from tests.lab.faults.fleet import SERVICE, root
from tests.lab.faults.page import HOST
from tests.lab.faults.solo import Solo, built

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]
PORT = 8099
"""Where nothing else on that host listens."""


@pytest.fixture
def virtual(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Solo]:
    """The default lab's emulated host, which serves "one" beside whatever else it serves."""
    if os.environ.get("LAB") == "native":
        pytest.skip("LAB=native leaves out emulated hosts, and only they have a clock of their own")
    lab: Lab = request.getfixturevalue("default_lab")
    (machine,) = (each for each in lab.machines.values() if not each.is_container)
    folder = tmp_path_factory.mktemp("virtual")
    solo = Solo(lab, machine, built(folder), folder, port=PORT)
    solo.record = described(request, HOST)
    try:
        solo.live(solo.bundle("one", health={"deadline": 60}))
        yield solo
    finally:
        root(machine, f"date --set=@{time.time():.0f}")
        solo.purge()


@pytest.mark.fault(
    "clock-jumps", "The host's clock jumps back an hour while the new release proves its health."
)
def test_a_clock_that_jumps_back_delays_neither_the_gate_nor_the_way_back(virtual: Solo) -> None:
    solo = virtual
    made = solo.bundle("two", health={"deadline": 60}, HEALTHY_AFTER="20s")
    with solo.users():
        solo.begin(made, "health", within=90)
        before = int(root(solo.machine, "date +%s"))
        root(solo.machine, "date --set='1 hour ago'")
        assert int(root(solo.machine, "date +%s")) < before - 3000
        solo.idle()
        assert solo.serves() == "two"
        assert root(solo.machine, f"systemctl is-active slipway-{SERVICE}-revert.timer") == "active"
        solo.record.said = "(nobody confirms)"
        # Slowly: to ask without a pause starves an emulated host.
        wait_for(lambda: solo.serves() == "one", "the way back", 600)
        solo.stays("one")
        solo.idle()
        solo.record.after = "serves the new release, then the old one again when its time is over"
        solo.record.heals = "nothing to heal"
        solo.record.done = True
