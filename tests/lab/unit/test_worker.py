"""On a real host: a worker by each way to tell that it is well, what runs once before a release, and what runs by the clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lab.architecture import native
from model.architecture import Architecture
from model.release import Binary
from model.service import Service
from tests.lab.binaries import built
from tests.lab.unit.releases import HERE, Releases

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
SECRETS = {"KEY": "hunter22"}
HEALTH = {"interval": 0.1, "minimumHealthy": 0.3, "deadline": 4, "timeout": 5}


@pytest.fixture(scope="module")
def binary() -> Binary:
    here = Architecture(native().value)
    return built(here, name="worker", source=str(HERE / "worker"))[here]


@pytest.fixture(autouse=True)
def _gone(host: Releases) -> Iterator[None]:
    yield
    host.purge("worker")


def worker(health: dict[str, Any] | None = None, **changes: Any) -> Service:
    settings = {"kind": "worker", "name": "worker", "source": "-", "health": {**HEALTH, **(health or {})}}
    return Service.model_validate_json(json.dumps({**settings, **changes}))


def data(host: Releases, name: str) -> list[str]:
    return host.root(f"cat /opt/worker/data/{name}").splitlines()


def mark(host: Releases, name: str) -> None:
    host.root(f"touch /opt/worker/data/{name}")


def pid(host: Releases) -> str:
    return host.root(f"systemctl show -P MainPID {host.live_unit('worker')}")


def test_a_worker_that_a_command_tells_of_is_released_put_back_and_restarted(
    host: Releases, binary: Binary
) -> None:
    def by_command(greeting: str) -> Service:
        health = {"command": ["health"], "restartAfter": 1.5}
        return worker(health, environment={"GREETING": greeting})

    host.live(by_command("one"), binary, SECRETS)
    first = host.live_unit("worker")
    host.live(by_command("two"), binary, SECRETS)
    second, before = host.live_unit("worker"), pid(host)
    assert first != second
    assert host.root(f"systemctl is-active {first} || true") == "inactive"
    assert host.root("systemctl list-units --plain --no-legend 'worker-proxy*'") == "", "it has no proxy"

    mark(host, "ill")
    done = host.apply(by_command("three"), binary, SECRETS)
    assert done.returncode == 3, done.stdout
    assert "the queue is away, [KEY]" in done.stdout, done.stdout
    assert "hunter22" not in done.stdout
    assert host.live_unit("worker") == second
    # As the command says for as long as it may, so it is restarted: nobody could tell that it is not the program's fault.
    host.until(lambda: pid(host) not in (before, "0"))


def test_a_worker_that_touches_a_file_is_well_as_long_as_it_does(host: Releases, binary: Binary) -> None:
    by_file = worker({"fileAge": 1, "restartAfter": 1.5})
    host.live(by_file, binary)
    before = pid(host)
    mark(host, "stuck")
    host.until(lambda: pid(host) not in (before, "0"))
    done = host.apply(worker({"fileAge": 1, "restartAfter": 2}), binary)
    assert done.returncode == 3
    assert "/health is not there: the worker has to touch it" in done.stdout


def test_a_worker_that_speaks_to_systemd_is_ready_when_it_says_so(host: Releases, binary: Binary) -> None:
    host.live(worker(notify=True), binary)
    unit = host.live_unit("worker")
    mark(host, "silent")
    done = host.apply(worker(notify=True, environment={"GREETING": "two"}), binary)
    assert done.returncode == 3, done.stdout
    assert "timeout" in done.stdout
    assert host.live_unit("worker") == unit


def test_a_task_runs_once_before_each_release_and_a_job_in_the_one_that_serves(
    host: Releases, binary: Binary
) -> None:
    def with_both(to: str) -> Service:
        return worker(
            {"command": ["health"]},
            tasks=[{"name": "migrate", "arguments": ["migrate", to]}],
            schedule={"clean": {"calendar": "*-*-* *:*:*", "arguments": ["clean"]}},
        )

    said = host.live(with_both("1"), binary, SECRETS)
    assert "task migrate begins" in said and "timers: clean" in said
    slot = host.live_unit("worker").partition("@")[2].removesuffix(".service")
    host.until(lambda: f"{slot} " in host.root("cat /opt/worker/data/cleaned || true"))
    assert data(host, "migrations") == [f"{slot} migrate 1 hunter22"]
    host.live(with_both("1"), binary, SECRETS)
    assert len(data(host, "migrations")) == 1, "what is live has had its tasks"

    mark(host, "broken")
    done = host.apply(with_both("2"), binary, SECRETS)
    assert done.returncode == 3, done.stdout
    assert "task migrate ended failed/failed (exit-code, status 3)" in done.stdout
    assert "no such table, said [KEY]" in done.stdout and "hunter22" not in done.stdout
    host.root("rm /opt/worker/data/broken")
    host.live(with_both("2"), binary, SECRETS)
    other = {"blue": "green", "green": "blue"}[slot]
    assert [line.split()[2] for line in data(host, "migrations")] == ["1", "2", "2"]
    host.until(lambda: data(host, "cleaned")[-1].startswith(f"{other} "))

    score = host.root("systemd-analyze security --no-pager slipway-worker-job-clean.service | tail -1")
    assert float(score.split()[score.split().index("slipway-worker-job-clean.service:") + 1]) <= 1.8, score
    host.purge("worker")
    assert host.root("systemctl list-units --all --plain --no-legend 'slipway-worker-*'") == ""
