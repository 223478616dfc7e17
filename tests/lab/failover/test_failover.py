"""Regions of real hosts under one name of real DNS hosts: lost, given back, and released to."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

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


def users(
    regions: Regions, change: Callable[[], None], until: str, ask: Sequence[Machine] | None = None
) -> Crowd:
    """What they met from a change until they are served by the region `until` alone; they ask the DNS hosts, or `ask`."""
    goal = Goal(name=NAME, port=8080, path="/healthz", tls=False, patience=5)
    there = regions.addresses(until)

    async def run() -> Crowd:
        async with Crowd(goal, [each.address for each in ask or regions.servers]) as crowd:
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


def test_when_nothing_listens_any_more_users_are_moved_also_through_a_resolver(regions: Regions) -> None:
    def proxies(verb: str) -> None:
        for host in (regions.eu, regions.eu2):
            host.run(f"sudo -n systemctl {verb} greeter-proxy.service")

    asked = [regions.resolver]
    users(regions, lambda: None, "eu", asked)
    try:
        crowd = users(regions, lambda: proxies("stop"), "us", asked)
    finally:
        proxies("start")
    assert not [each for each in crowd.failed(0) if each.address == regions.us.address]
    users(regions, lambda: None, "eu", asked)


UP, DOWN, TIMES = 1, 4, 6
"""Seconds for which a flapping service is there and is not, and how often: seen as lost after two bad checks, as well after five
good ones, of one second each."""
FLAP = """for _ in $(seq {times}); do
  systemctl stop {unit}; sleep {down}; before=$(date +%s%N); systemctl start {unit}; sleep {up}
  echo $((($(date +%s%N) - before) / 1000000))
done; systemctl stop {unit}"""


def test_a_service_that_comes_and_goes_in_the_primary_does_not_take_its_users_along(regions: Regions) -> None:
    hosts = (regions.eu, regions.eu2)
    slots = {host: evidence.status(host)["slot"] for host in hosts}
    up: list[int] = []

    def flap(host: Machine) -> None:
        script = FLAP.format(times=TIMES, down=DOWN, up=UP, unit=f"greeter@{slots[host]}.service")
        up.extend(map(int, host.run("sudo -n bash", stdin=script, timeout=PATIENCE).stdout.split()))

    def both() -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(flap, hosts))

    def flapped() -> Crowd:
        users(regions, lambda: None, "eu")
        up.clear()
        try:
            return users(regions, both, "us")
        finally:
            for host, slot in slots.items():
                _systemctl(host, "start", slot)

    crowd = flapped()
    while max(up) > 4000:  # a busy machine has made a service of it that was well for five checks
        crowd = flapped()
    moved = min(each.began for each in crowd.tries if each.address == regions.us.address)
    late = [each for each in crowd.tries if each.began > moved + 6]
    assert len(late) > 100
    assert {each.address for each in late} == {regions.us.address}
    assert not [each for each in late if each.failure]
    users(regions, lambda: None, "eu")


def test_a_series_of_losses_is_measured_through_a_resolver_and_told_on_one_page(regions: Regions) -> None:
    users(regions, lambda: None, "eu")
    words = ("--losses", "2", "--how", "edge", "--resolver", regions.resolver.address)
    done = regions.project.run(*DRILL, *words, seconds=900)
    page = (regions.project.directory / done.text.strip().splitlines()[-1]).read_text()
    assert page.startswith("# 2 losses of eu, stack local"), done.text
    assert "| how | the ports of users refuse |" in page
    assert re.search(r"95 % of \d+ users who met a loss were served again within \d+\.\d s", page)
    assert done.code == int("0 of 2 passed" in page or "1 of 2 passed" in page), page
    assert not closed(regions.eu)


def test_a_release_while_the_primary_is_away_reaches_the_standby_and_the_primary_when_it_is_back(
    regions: Regions,
) -> None:
    project, both = regions.project, (regions.eu, regions.eu2)
    before = evidence.status(regions.eu)["release"]
    source = "examples/greeter/greeter.go"

    def away() -> None:
        for host in both:
            host.cut()

    try:
        users(regions, away, "us")
        project.edit(source, "package main", "package main // another")
        failed = project.up()
        new = evidence.status(regions.us)["release"]
        crowd = users(regions, lambda: None, "us")
    finally:
        for host in both:
            host.mend()
    assert failed.code == 1
    assert regions.eu.address in failed.text, "it names who was not reached"
    assert new != before, "the standby, which has all users, got it"
    assert not crowd.failed(0)
    assert evidence.status(regions.eu)["release"] == before
    project.must_up()
    assert {evidence.status(host)["release"] for host in (*both, regions.us)} == {new}
    assert not users(regions, lambda: None, "eu").failed(0)
    assert project.must_up().changed == {}
    project.restore(source)
    project.must_up()


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
