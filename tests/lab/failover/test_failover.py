"""Regions of real hosts under one name of real DNS hosts: lost, given back, and released to."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from drill.client import Goal
from drill.crowd import Crowd
from lab.machine import Machine
from tests.lab import evidence
from tests.lab.failover.conftest import NAME, Regions

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]
DRILL = ("-m", "drill", "--stack", "local", "--region", "eu")
PATIENCE = 120
"""Seconds for what takes ten at the most on a machine with nothing else to do."""


def closed(machine: Machine) -> bool:
    return "slipway_drill" in machine.run("sudo -n nft list tables").stdout


def begun(regions: Regions) -> subprocess.Popen[str]:
    """A drill that has taken the region away."""
    running = subprocess.Popen(
        [sys.executable, *DRILL],
        cwd=regions.project.directory,
        env=regions.project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    evidence.wait_for(lambda: closed(regions.eu), "a region that is taken away")
    return running


def users(regions: Regions, change: Callable[[], None], until: str) -> Crowd:
    """What they met from a change until they are served by the region `until` alone."""
    goal = Goal(name=NAME, port=8080, path="/healthz", tls=False, patience=5)
    there = regions.addresses(until)

    async def run() -> Crowd:
        async with Crowd(goal, [each.address for each in regions.servers]) as crowd:
            await asyncio.sleep(1)
            await asyncio.to_thread(change)
            await asyncio.sleep(8)  # longer than an answer is kept: whatever it does to users has begun
            end = time.monotonic() + PATIENCE
            while not _all_there(crowd, there):
                assert time.monotonic() < end, crowd.tries[-20:]
                await asyncio.sleep(0.1)
        return crowd

    return asyncio.run(run())


def _all_there(crowd: Crowd, addresses: set[str]) -> bool:
    """Whether all answers of the last six seconds, longer than one is kept, came from there."""
    now = time.monotonic()
    last = [each for each in crowd.tries if each.began > now - 6]
    return len(last) > 50 and all(each.address in addresses and not each.failure for each in last)


def test_both_dns_hosts_answer_with_the_primary_alone(regions: Regions) -> None:
    crowd = users(regions, lambda: None, "eu")
    assert not crowd.failed(0)
    outputs = regions.project.outputs()
    assert outputs["frontDoor"]["servedWithin"] == 20
    assert set(outputs["regions"]) == {"eu", "us"}


def test_a_drill_that_is_interrupted_gives_back_at_once(regions: Regions) -> None:
    running = begun(regions)
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130, said
    assert "eu is back" in said
    assert not closed(regions.eu)
    users(regions, lambda: None, "eu")


def test_what_a_killed_drill_left_is_given_back_by_the_next_which_measures_and_leaves_nothing(
    regions: Regions,
) -> None:
    running = begun(regions)
    running.kill()
    running.communicate(timeout=PATIENCE)
    assert closed(regions.eu)
    timer = "systemctl is-active slipway-drill.timer"
    assert regions.eu.run(timer).stdout.strip() == "active", "it would open by itself"
    # Whether it is in time is not asked of a machine that other tests keep busy: the page is, whatever it says.
    done = regions.project.run(*DRILL, seconds=500)
    assert "eu/eu1 lets users in again" in done.text
    if "does not serve everybody as it is" in done.text:
        # Users were still being moved back: the region had been given back a moment ago.
        users(regions, lambda: None, "eu")
        done = regions.project.run(*DRILL, seconds=500)
    page = (regions.project.directory / done.text.strip().splitlines()[-1]).read_text()
    assert re.search(r"the last user without an answer gave up \d+\.\d s after eu was lost", page), done.text
    assert "answered by | eu " in page
    assert " us " in page
    assert done.code == int("**Failed" in page)
    assert not closed(regions.eu)
    assert regions.eu.run(timer, check=False).stdout.strip() != "active"


def test_the_loss_of_one_dns_host_takes_nobody_away(regions: Regions) -> None:
    users(regions, lambda: None, "eu")
    first, _ = regions.servers
    try:
        crowd = users(regions, first.cut, "eu")
    finally:
        first.mend()
    assert not crowd.failed(0)


def test_the_loss_of_one_host_of_a_region_moves_nobody_to_another(regions: Regions) -> None:
    users(regions, lambda: None, "eu")
    try:
        crowd = users(regions, regions.eu2.cut, "eu")
    finally:
        regions.eu2.mend()
    assert not [each for each in crowd.tries if each.address == regions.us.address]


def test_when_everything_was_lost_users_are_served_again_by_the_primary(regions: Regions) -> None:
    everything = (regions.eu, regions.eu2, regions.us)

    def lose() -> None:
        for machine in everything:
            machine.cut()
        time.sleep(8)  # longer than it takes to be seen
        for machine in everything:
            machine.mend()

    assert users(regions, lose, "eu").failed(0)


def test_a_service_that_is_down_in_the_primary_moves_its_users_and_they_come_back(regions: Regions) -> None:
    slots = {host: evidence.status(host)["slot"] for host in (regions.eu, regions.eu2)}

    def everywhere(verb: str) -> None:
        for host, slot in slots.items():
            _systemctl(host, verb, slot)

    try:
        users(regions, lambda: everywhere("stop"), "us")
    finally:
        everywhere("start")
    crowd = users(regions, lambda: None, "eu")
    assert not [each for each in crowd.failed(0) if each.address == regions.us.address]


def _systemctl(machine: Machine, verb: str, slot: str) -> None:
    machine.run(f"sudo -n systemctl {verb} greeter@{slot}.service")


def test_a_release_that_fails_in_the_standby_never_reaches_the_primary(regions: Regions) -> None:
    before = evidence.status(regions.eu)
    project = regions.project
    stack_file = (project.directory / "Pulumi.local.yaml").read_text()
    try:
        (project.directory / "Pulumi.local.yaml").write_text(
            stack_file.replace("127.0.0.1:{port}", "127.0.0.1:{port}-nowhere")
        )
        failed = project.up()
    finally:
        (project.directory / "Pulumi.local.yaml").write_text(stack_file)
    assert failed.code == 1
    assert "FAILED greeter" in failed.text
    assert "on us1" in failed.text
    after = evidence.status(regions.eu)
    assert {key: after[key] for key in ("release", "slot", "pid")} == {
        key: before[key] for key in ("release", "slot", "pid")
    }
    assert "eu-eu1" not in failed.changed, "its bundle may lie there, and that is all"
