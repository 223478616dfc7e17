"""A release that never becomes healthy: users keep the old one, whoever deploys sees why, and the next good one heals."""

import pytest

from tests.lab import evidence
from tests.lab.acceptance.conftest import Stack
from tests.lab.project import greeter, region
from tests.load import Plan, running

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]


def test_a_service_that_never_becomes_healthy_leaves_the_old_release_and_shows_its_journal(
    native: Stack,
) -> None:
    before = {host.name: evidence.status(host) for host in native.hosts}
    native.project.configure(
        greeter(
            region(native.hosts, native.edge),
            health={"path": "/nowhere", "deadline": 5},
            environment={"GREETING": "never seen"},
        )
    )
    with running(
        Plan(url=f"http://{native.edge.address}/", seconds=200, expect='"Hello"', timeout=30)
    ) as load:
        failed = native.project.up()
    assert failed.code != 0
    assert load.lost == 0, load
    for host in native.hosts:
        assert evidence.greeting(host, 8080)["message"] == "Hello"
        now = evidence.status(host)
        assert {key: now[key] for key in ("release", "slot", "pid")} == {
            key: before[host.name][key] for key in ("release", "slot", "pid")
        }
    first = native.hosts[0].name
    idle = "green" if before[first]["slot"] == "blue" else "blue"
    assert f"on {first} at step health" in failed.text
    assert "was not healthy within 5 s" in failed.text
    assert "404" in failed.text
    assert f"greeter@{idle}.service" in failed.text
    assert failed.text.count("the last lines of its journal") == 1, "the evidence is shown once"
    (error,) = [
        block for block in failed.text.split("FAILED greeter") if "last lines of its journal" in block
    ]
    assert len(error.splitlines()) <= 70, "with the summary of the run, it fits on a screen"
    assert '"msg":"listening","address":"127.0.0.1:1808' in failed.text, (
        "a line that the service itself printed"
    )

    native.project.configure(greeter(region(native.hosts, native.edge), environment={"GREETING": "healed"}))
    native.project.must_up()
    assert [evidence.greeting(host, 8080)["message"] for host in native.hosts] == ["healed", "healed"]
