"""Journals that are sent to a receiver which is away at times: nothing is lost, and what is there twice is what docs name."""

from __future__ import annotations

import collections
from collections.abc import Iterator

import pytest

from lab.kind import Kind
from lab.lab import Lab
from lab.machine import Machine
from tests.lab import evidence
from tests.lab.evidence import root
from tests.lab.logs.conftest import Logged, say
from tests.lab.logs.receiver import PLACE, Receiver

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]
LIMITS = {"size": "100M", "perSecond": 0}
UNIT = "slipway-mirror-logs"


@pytest.fixture(scope="module")
def receiver(lab: Lab, logged: Logged) -> Iterator[Receiver]:
    """One that is away yet."""
    machine = lab.add("told2", kind=Kind.OBSERVED)
    found = Receiver(machine)
    found.install()
    yield found
    logged.up()
    lab.remove(machine.name)


def differs(machine: Machine) -> str:
    activator = "/opt/mirror/app/current/activator.pyz"
    return root(machine, f"python3 {activator} drift --service mirror")


def test_what_is_missing_on_a_machine_is_refused_before_anything_changes(
    logged: Logged, receiver: Receiver
) -> None:
    logged.project.configure(logged.changed(logs={**LIMITS, "send": receiver.settings}))
    refused = logged.project.up()
    assert refused.code != 0
    assert f"{PLACE}/ca.pem is not there, which `logs.send` names" in refused.text
    assert root(logged.host, f"ls /etc/systemd/system/{UNIT}.* 2>/dev/null || true") == ""


def test_a_release_goes_through_while_the_receiver_is_away_and_all_arrives_when_it_comes(
    logged: Logged, receiver: Receiver
) -> None:
    for machine in (logged.host, logged.edge):
        receiver.admit(machine)
    early = say(logged.host, "early", 500)
    logged.up(logs={**LIMITS, "send": receiver.settings})
    evidence.wait_for(
        lambda: "does not arrive at https://" in differs(logged.host) and "502" in differs(logged.host),
        "word of it",
    )
    assert logged.get("/mirror?sent").status == 200
    receiver.start()
    evidence.wait_for(lambda: receiver.got("early") == early, "what was written before")
    evidence.wait_for(
        lambda: any("/mirror?sent" in line for line in receiver.got("mirror")), "the edge's line"
    )
    assert "does not arrive" not in differs(logged.host)


@pytest.mark.parametrize(
    ("tag", "gone", "back"),
    [
        ("stopped", "systemctl stop receiver", "systemctl start receiver"),
        (
            "cut",
            "nft 'add table inet cut; add chain inet cut in { type filter hook input priority -200; }; "
            "add rule inet cut in tcp dport 19532 drop'",
            "nft delete table inet cut",
        ),
    ],
)
def test_a_receiver_that_is_away_for_a_while_gets_every_line_once(
    logged: Logged, receiver: Receiver, away: int, tag: str, gone: str, back: str
) -> None:
    before = say(logged.host, f"{tag}-before", 500)
    evidence.wait_for(lambda: receiver.got(f"{tag}-before") == before, "what was written before")
    root(receiver.machine, gone)
    try:
        lost = say(logged.host, f"{tag}-away", 5000)
        lost |= say(logged.host, f"{tag}-slowly", away * 20, away)
        root(logged.host, f"systemctl restart {UNIT}.timer")  # as a release does
        lost |= say(logged.host, f"{tag}-away-2", 500)
    finally:
        root(receiver.machine, back)

    def got() -> collections.Counter[str]:
        return sum(
            (receiver.got(f"{tag}-{part}") for part in ("away", "slowly", "away-2")), collections.Counter()
        )

    evidence.wait_for(lambda: got() == lost, "all, each once", 240)
    assert receiver.got(f"{tag}-before") == before


def test_of_a_receiver_that_is_killed_while_it_gets_lines_none_is_lost(
    logged: Logged, receiver: Receiver
) -> None:
    talk = "for n in $(seq 3000); do echo talk-$n; sleep 0.002; done | systemd-cat -t talk"
    root(logged.host, f"systemd-run -q --unit=talk sh -c '{talk.replace('$', '$$')}'")
    for _ in range(2):
        root(receiver.machine, "sleep 2")
        receiver.kill()
        receiver.start()
    root(logged.host, "while systemctl -q is-active talk; do sleep 0.2; done")
    wanted = {f"talk-{number}" for number in range(1, 3001)}
    evidence.wait_for(lambda: set(receiver.got("talk")) == wanted, "every line", 120)
    assert receiver.got("talk").total() == len(wanted)
    twice = len(receiver.entries("talk")) - len(wanted)
    print(f"{twice} of {len(wanted)} lines are there twice")


def test_a_stranger_gets_nothing_and_the_receiver_takes_nothing_from_one(
    logged: Logged, receiver: Receiver
) -> None:
    host = logged.host
    root(host, f"cp -p {PLACE}/ca.pem {PLACE}/ca.kept")
    other = "-subj /CN=other -keyout /dev/null -out"
    root(host, f"openssl req -x509 -newkey rsa:2048 -nodes -days 9 {other} {PLACE}/ca.pem 2>/dev/null")
    root(host, f"systemctl restart {UNIT}.timer")
    secret = say(host, "stranger", 1)
    evidence.wait_for(lambda: "SSL" in differs(host) or "certificate" in differs(host), "word of it")
    assert not receiver.got("stranger")
    root(host, f"mv {PLACE}/ca.kept {PLACE}/ca.pem; systemctl restart {UNIT}.timer")
    evidence.wait_for(lambda: receiver.got("stranger") == secret, "the line, from one that is known")
    ask = f"curl -sS --cacert {PLACE}/ca.pem -o /dev/null -w '%{{http_code}}' -X POST {receiver.settings['to']}/upload"
    assert root(host, ask) == "400", "without a certificate"


def test_it_can_be_left_out(logged: Logged, receiver: Receiver) -> None:
    logged.up(logs=LIMITS)
    for machine, name in ((logged.host, "mirror"), (logged.edge, "mirror-edge")):
        unit = f"slipway-{name}-logs"
        assert root(machine, f"ls /etc/systemd/system/{unit}.* 2>/dev/null || true") == ""
        assert (
            root(machine, f"systemctl is-active {unit}.service {unit}.timer || true").split()
            == ["inactive"] * 2
        )
