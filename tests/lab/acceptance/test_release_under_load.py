"""A new release while users send requests all the time: only what must change changes, and nobody notices."""

import os

import pytest

from tests.lab import evidence
from tests.lab.acceptance.conftest import Stack
from tests.load import Plan, running

RATE = 100 if os.environ.get("LAB") == "native" else 10
"""Requests a second. Of more an emulated host that shares its processors with other tests answers no login in time."""

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]


def test_one_changed_line_changes_the_hosts_alone_and_loses_no_request(fleet: Stack) -> None:
    before = fleet.project.outputs()
    edge = evidence.snapshot(fleet.edge)
    fleet.project.edit("examples/greeter/greeter.go", 'message = "Hello"', 'message = "Moin"')
    url = f"http://{fleet.edge.address}/"
    plan = Plan(url=url, rate=RATE, seconds=500, expect='"message"', posts=0.5, slow=0.05, upload=1_000_000)
    with running(plan) as load:
        done = fleet.project.must_up()
    print(f"{load}; `up` took {done.seconds:.1f} s")
    assert load.lost == 0, load
    assert load.scheduled >= RATE * done.seconds * 0.9

    for host in fleet.hosts:
        assert {f"lab-{host.name}-bundle", f"lab-{host.name}"} <= set(done.changed)
    assert [name for name in done.changed if name.startswith(f"lab-{fleet.edge.name}")] == []
    assert evidence.snapshot(fleet.edge) == edge

    after = fleet.project.outputs()
    for host in fleet.hosts:
        answer = evidence.greeting(host, 8080)
        assert answer["message"] == "Moin"
        assert answer["version"] == after["version"] != before["version"]
        running_now = evidence.process(host, answer["pid"])
        assert running_now.sha256 == after["artifacts"][host.architecture.value]["sha256"]
        assert running_now.sha256 != before["artifacts"][host.architecture.value]["sha256"]


def test_a_plain_restart_under_the_same_load_loses_requests(native: Stack) -> None:
    """Else the test above could not fail."""
    plan = Plan(url=f"http://{native.edge.address}/", rate=100, seconds=60)
    with running(plan) as load:
        evidence.wait_for(lambda: load.answered > 50, "the load")
        for host in native.hosts:
            slot = evidence.status(host)["slot"]
            host.run(f"sudo -n systemctl stop greeter@{slot}")
        # Not at once: both proxies try again for some seconds.
        evidence.wait_for(lambda: load.causes.total() > 0, "a loss")
        for host in native.hosts:
            slot = evidence.status(host)["slot"]
            host.run(f"sudo -n systemctl start greeter@{slot}")
    assert load.lost > 0
