"""DNS hosts before plain regions: what is declared, and what waits for what. That DNS answers is tested on real hosts."""

import asyncio
from typing import Any

import pytest

from tests.program.recorder import Recorder, inputs, run_program
from tests.program.test_front_door import told
from tests.program.test_rollout import COMMAND, PAUSE, host, waits_for

DOOR = {"name": "api.example.com", "zone": "example.com", "mechanism": "dns"}


def run(door: dict[str, Any] | None = None, release: Any = None, **eu: Any) -> Recorder:
    def region(first: int) -> dict[str, Any]:
        return {"hosts": [host("web1", first), host("web2", first + 1)], "edge": host("edge", first + 2)}

    servers = {
        place: {
            "hosts": [host("ns1", number)],
            **({"firewall": {"operators": ["10.0.0.0/8"]}} if firewall else {}),
        }
        for place, number, firewall in (("eu", 91, True), ("us", 92, False))
    }
    service = {
        "name": "greeter",
        "source": "examples/greeter",
        "arguments": ["-addr", "127.0.0.1:{port}"],
        "requestTimeout": 7,
    }
    return run_program(
        "prod",
        regions={"eu": region(10) | eu, "us": region(20)},
        service=service,
        release={"uncommitted": "allow"} | (release or {}),
        frontDoor=DOOR | {"hosts": servers} | (door or {}),
        protected="false",
    )


def test_dns_hosts_are_told_one_after_the_other_and_with_a_firewall_confirmed() -> None:
    recorder = run()
    assert waits_for(recorder, "dns-eu-ns1") == {"dns-eu-ns1-bundle"}
    assert waits_for(recorder, "dns-us-ns1") == {"dns-us-ns1-bundle", "dns-eu-ns1"}
    assert {
        name for name in recorder.of(COMMAND) if name.startswith("dns-") and name.endswith("-confirm")
    } == {"dns-eu-ns1-confirm"}


def test_the_standby_gets_a_release_before_the_primary_begins() -> None:
    recorder = run()
    assert not waits_for(recorder, "us-web1") & {"eu-web1", "eu-web2"}
    assert "us-web2" in waits_for(recorder, "eu-web1")
    assert not any("dns" in each for each in waits_for(recorder, "eu-web1")), (
        "nobody waits for DNS who is not drained"
    )


def test_a_drained_region_is_released_once_dns_has_moved_users_and_they_have_been_answered() -> None:
    recorder = run(drained=True)
    wait = recorder.of(PAUSE)["dns-emptied"]
    assert inputs(wait)["create"] == "sleep 17", "5 s an answer is kept, 5 s to connect, 7 s to be answered"
    assert waits_for(recorder, "dns-emptied") == {"dns-eu-ns1", "dns-eu-ns1-confirm", "dns-us-ns1"}
    assert "dns-emptied" in waits_for(recorder, "eu-web1")
    assert "eu-web2" in waits_for(recorder, "us-web1"), "a region without users goes first"
    assert "dns-emptied" not in waits_for(recorder, "us-web1")


def test_a_rollback_of_all_regions_at_once_waits_for_drained_ones_all_the_same() -> None:
    recorder = run(drained=True, release={"pin": "previous"})
    assert "dns-emptied" in waits_for(recorder, "eu-web1")
    assert not waits_for(recorder, "us-web1") & {"eu-web1", "eu-web2", "dns-emptied"}


def test_the_outputs_have_the_records_for_the_parent_zone() -> None:
    found = asyncio.run(told(run()))
    assert found["nameServers"] == ["ns1.eu.example.com", "ns1.us.example.com"]
    assert found["delegation"] == [
        "example.com. 86400 IN NS ns1.eu.example.com.",
        "example.com. 86400 IN NS ns1.us.example.com.",
        "ns1.eu.example.com. 86400 IN A 10.0.0.91",
        "ns1.us.example.com. 86400 IN A 10.0.0.92",
    ]
    assert found["servedWithin"] == 20


@pytest.mark.parametrize("drained", [False, True])
def test_without_a_drained_region_nothing_is_waited_for(drained: bool) -> None:
    assert ("dns-emptied" in run(drained=drained).of(PAUSE)) == drained
