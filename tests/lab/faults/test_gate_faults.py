"""Services that are ill in other ways than not being there: what the health gate, the watch and the drain make of them."""

from __future__ import annotations

import http.client
import json
import time
from threading import Thread

import pytest

from components.bundle import Bundle
from tests.lab.faults.fleet import LEDGER, PORT, SERVICE, root
from tests.lab.faults.solo import Solo

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
LATE = "was not healthy within 4 s"


def taken_back(solo: Solo, evidence: str, made: Bundle) -> None:
    with solo.users():
        command = solo.upload(made)
        said = solo.fails(command, 3, evidence)
        for part in ("at step health", "journal", "listening", "is back as it was", "next:"):
            assert part in said
        solo.stays("one")
        solo.heals()


@pytest.mark.quick
@pytest.mark.fault("dies-after-3-s", "The service dies after three seconds; `minimumHealthy` is four.")
def test_a_service_that_dies_within_its_minimum_healthy_time_is_taken_back(solo: Solo) -> None:
    health = {"minimumHealthy": 4, "deadline": 20}
    taken_back(solo, "died", solo.bundle("two", health=health, EXIT_AFTER="3s"))


@pytest.mark.fault("never-listens", "The service runs but never listens.")
def test_a_service_that_never_listens_is_taken_back_after_its_deadline(solo: Solo) -> None:
    taken_back(solo, LATE, solo.bundle("two", NEVER_LISTEN="1"))


@pytest.mark.fault("health-flaps", "Health checks answer 200, 500, 200 in turns.")
def test_a_health_check_that_flaps_is_not_health(solo: Solo) -> None:
    taken_back(solo, LATE, solo.bundle("two", health={"successes": 3}, HEALTH_SCRIPT="200,500,200"))


@pytest.mark.fault("health-slow", "Health checks answer later than they may.")
def test_a_health_check_that_answers_too_late_is_not_health(solo: Solo) -> None:
    taken_back(solo, LATE, solo.bundle("two", health={"timeout": 0.2}, HEALTH_DELAY="600ms"))


@pytest.mark.fault("health-needs-20-s", "The service needs 20 seconds until it is healthy, and may.")
def test_a_service_that_is_healthy_within_its_deadline_is_waited_for(solo: Solo) -> None:
    with solo.users():
        command = solo.upload(solo.bundle("two", health={"deadline": 90}, HEALTHY_AFTER="20s"))
        began = time.monotonic()
        done = solo.run(command)
        assert done.returncode == 0, done.stderr
        assert time.monotonic() - began >= 20
        solo.record.deployed(0, time.monotonic() - began, done.stderr, "healthy after")
        solo.stays("two")
        solo.heals()


@pytest.mark.fault("ignores-sigterm", "The old release ignores SIGTERM and has a request that does not end.")
def test_an_old_release_that_will_not_stop_is_killed_after_its_drain(solo: Solo) -> None:
    solo.live(solo.bundle("stubborn", IGNORE_TERM="1", drain=2))
    old = root(solo.machine, f"systemctl show -P MainPID {SERVICE}@green")
    stuck = Thread(target=request_without_end, args=(solo.machine.address,))
    stuck.start()
    with solo.users():
        command = solo.upload(solo.bundle("two", drain=2))
        began = time.monotonic()
        done = solo.run(command)
        assert done.returncode == 0, done.stderr
        solo.record.deployed(0, time.monotonic() - began, done.stderr, "still had 1 session after 2 s")
        assert root(solo.machine, f"[ ! -e /proc/{old} ] || echo alive") == ""
        assert "ignoring SIGTERM" in root(solo.machine, f"journalctl --unit {SERVICE}@green --output cat")
        solo.stays("two")
        solo.heals()
    stuck.join()


def request_without_end(address: str) -> None:
    connection = http.client.HTTPConnection(address, PORT, timeout=60)
    try:
        connection.request("GET", "/slow?ms=50000")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        pass  # it is cut off with the process that serves it
    finally:
        connection.close()


@pytest.mark.fault("five-releases", "Five releases follow each other as fast as they can.")
def test_five_releases_in_a_row_meet_no_start_limit(solo: Solo) -> None:
    made = [solo.bundle(f"burst {number}", health={"minimumHealthy": 0}) for number in range(5)]
    with solo.users():
        began = time.monotonic()
        for one in made:
            done = solo.apply(one)
            assert done.returncode == 0, done.stderr
            solo.record.deployed(0, time.monotonic() - began, done.stderr, "healthy after")
        assert solo.serves() == "burst 4"
        solo.stays("burst 4")
        solo.heals()


@pytest.mark.fault("proxy-restarted", "Somebody restarts the host's proxy in the middle of a release.")
@pytest.mark.parametrize("step", ["health", "watch"], ids=["before the switch", "after the switch"])
def test_a_proxy_that_is_restarted_by_hand_sends_users_to_the_release_that_the_host_says_is_live(
    solo: Solo, step: str
) -> None:
    made = solo.bundle("two", HEALTHY_AFTER="2s")
    with solo.users(lossless=False) as seen:
        solo.begin(made, step)
        root(solo.machine, f"systemctl restart {SERVICE}-proxy")
        solo.idle()
        end = json.loads(root(solo.machine, f"tail -n 1 {LEDGER}"))
        # A proxy that is not yet up again when the release needs it takes the release back.
        solo.stays({"applied": "two", "reverted": "one"}[end["result"]])
    assert sum(load.answered for load in seen.loads.values()) > 0
    solo.record.said = "(requests at the moment of the restart are lost by the restart)"
    with solo.users():
        solo.heals()


@pytest.mark.fault(
    "unconfirmed-twice", "An unconfirmed release is replaced by another, which is not confirmed either."
)
def test_an_unconfirmed_release_over_an_unconfirmed_one_goes_back_to_the_confirmed_one(solo: Solo) -> None:
    with solo.users():
        solo.live(solo.bundle("two"), within=600)
        solo.live(solo.bundle("three"), within=3)
        solo.record.said = "(nobody confirms)"
        solo.stays("one")
        solo.idle()
        solo.heals()
