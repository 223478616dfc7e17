"""Journals that go to a database of logs, straight from their machines: it is away, a machine reboots, and nothing is lost."""

from __future__ import annotations

import collections
from collections.abc import Iterator

import pytest

from tests.lab import evidence
from tests.lab.evidence import root
from tests.lab.logs.conftest import Logged, say
from tests.lab.logs.victorialogs import VictoriaLogs

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def store(logged: Logged, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VictoriaLogs]:
    found = VictoriaLogs(address=logged.host.network.gateway, folder=tmp_path_factory.mktemp("victorialogs"))
    found.install()
    for machine in (logged.host, logged.edge):
        found.admit(machine)
    found.start()
    logged.up(logs={"size": "100M", "perSecond": 0, "send": found.settings})
    yield found
    logged.up()
    found.stop()


def test_requests_and_what_units_say_are_found_there(logged: Logged, store: VictoriaLogs) -> None:
    assert logged.get("/mirror?found").status == 200
    evidence.wait_for(lambda: any("/mirror?found" in line for line in store.got("mirror")), "the edge's line")
    evidence.wait_for(lambda: bool(store.got("systemd")), "the host's own lines")


def test_while_it_is_away_and_a_machine_reboots_nothing_is_lost(
    logged: Logged, store: VictoriaLogs, away: int
) -> None:
    host = logged.host
    before = say(host, "there", 500)
    evidence.wait_for(lambda: store.got("there") == before, "what was written before")
    store.stop()
    try:
        gone = say(host, "gone", 5000)
        host.reboot()
        gone |= say(host, "slowly", away * 20, away)
        activator = "python3 /opt/mirror/app/current/activator.pyz drift --service mirror"
        evidence.wait_for(lambda: "does not arrive at https://" in root(host, activator), "word of it")
    finally:
        store.start()

    def got() -> collections.Counter[str]:
        return store.got("gone") + store.got("slowly")

    evidence.wait_for(lambda: got() == gone, "all, each once", 240)
    assert store.got("there") == before
