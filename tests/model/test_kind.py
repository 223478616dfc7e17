"""What a worker, a task or a job may say in a stack file, and what of it reaches which host."""

from __future__ import annotations

import re
from typing import Any

import pytest

from model import rollout
from model.architecture import Architecture
from model.host_files import HostFile
from model.kind import refusals
from model.release import Binary, Release, service_release
from model.release_policy import ReleasePolicy
from model.remote_script import own_waits
from model.service import Service

WORKER = {"name": "shop", "source": "shop", "kind": "worker", "notify": True}
SERVICE = {"name": "shop", "source": "shop", "arguments": ("{port}",)}
TASKS = ({"name": "migrate", "arguments": ("migrate", "{files}/schema"), "timeout": 90},)
JOBS = {
    "clean": {"calendar": "Mon..Fri 03:30", "arguments": ("clean",)},
    "report": {"calendar": "daily", "hosts": "all"},
}
BINARY = Binary(path="/nowhere/shop", sha256="a" * 64, size=3, sbom="/nowhere/sbom")


def service(base: dict[str, Any], **changes: Any) -> Service:
    return Service.model_validate({**base, **changes})


def release(made: Service, leads: bool = True) -> Release:
    return service_release(made, ReleasePolicy(), Architecture.ARM64, "v1", BINARY, leads=leads)


def units(made: Service, leads: bool = True) -> dict[str, str]:
    files: tuple[HostFile, ...] = release(made, leads).files
    return {
        file.target.removeprefix("/etc/systemd/system/"): file.content.decode()
        for file in files
        if file.target.startswith("/etc/systemd/")
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"notify": False}, "set one of `health.command`"),
        ({"health": {"command": ("health",), "fileAge": 5}}, "set one of `health.command`"),
        ({"port": 8080}, "so `port` would do nothing: take it out"),
        ({"slots": (1, 2)}, "so `slots` would do nothing"),
        ({"requestTimeout": 5}, "so `requestTimeout` would do nothing"),
        ({"health": {"path": "/up"}}, "so `health.path` would do nothing"),
        ({"limits": {"connections": 5}}, "so `limits.connections` would do nothing"),
        ({"arguments": ("{port}",)}, "is a worker and has no {port}"),
        (
            {"arguments": ("{healthFile}",)},
            "names {healthFile}, which only a worker with `health.fileAge` has",
        ),
    ],
)
def test_what_a_worker_cannot_have_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match="worker") as caught:
        service(WORKER, **changes)
    assert words in str(caught.value)


@pytest.mark.parametrize("health", [{"command": ("health",)}, {"fileAge": 5}])
def test_a_service_with_a_port_is_asked_over_http_alone(health: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="are for `kind: worker`"):
        service(SERVICE, health=health)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tasks": (*TASKS, *TASKS)}, "two `tasks` named migrate"),
        ({"tasks": TASKS, "environment": {"KEYS": "{secretFiles}/x"}}, "put it into arguments"),
        ({"tasks": ({"name": "m", "arguments": ("{port:x}",)},)}, "{port:x}, but `ports` has none"),
        ({"schedule": {"x": {"calendar": "daily\nUser=root"}}}, "calendar"),
    ],
)
def test_what_cannot_be_carried_out_of_tasks_and_jobs_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        service(SERVICE, **changes)


def test_regions_where_it_cannot_run_are_refused_by_name() -> None:
    worker, both = service(WORKER), service(SERVICE, tasks=TASKS, schedule=JOBS)
    assert [line.split(",")[0] for line in refusals(worker, ["eu"], ["us"], [])] == [
        "slipway:regions.eu has an edge",
        "slipway:regions.us asks what runs there over HTTP",
    ]
    assert [line[:60] for line in refusals(both, ["eu"], ["us"], ["us"])] == [
        "slipway:service.tasks (migrate) runs on a host that has a na"
    ]
    assert list(refusals(both, ["eu"], ["us"], [])) == []


def test_a_worker_has_units_and_no_proxy() -> None:
    made = service(WORKER, health={"command": ("health", "50%")}, notify=False)
    assert list(units(made)) == [
        "slipway-shop-watch@{slot}.service",
        "slipway-shop-health@{slot}.service",
        "shop@{slot}.service",
    ]
    assert (
        'ExecStart=/opt/shop/app/%i/bin/shop "health" "50%%"'
        in units(made)["slipway-shop-health@{slot}.service"]
    )
    manifest = release(made).manifest
    assert (manifest["proxy"], manifest["slots"]) == (None, {"blue": None, "green": None})
    assert "haproxy" not in manifest["packages"]


def test_a_worker_that_only_says_when_it_is_ready_is_not_watched() -> None:
    made = units(service(WORKER))
    assert list(made) == ["shop@{slot}.service"]
    assert "watch" not in made["shop@{slot}.service"]
    assert (
        "RuntimeDirectory=slipway-shop/%i"
        in units(service(WORKER, health={"fileAge": 5}))["shop@{slot}.service"]
    )


def test_tasks_and_jobs_for_one_host_are_the_first_hosts_alone() -> None:
    made = service(SERVICE, tasks=TASKS, schedule=JOBS)
    first, other = release(made), release(made, leads=False)
    assert first.manifest["tasks"] == [{"name": "migrate", "timeout": 90}]
    assert "tasks" not in other.manifest
    assert (first.manifest["schedule"], other.manifest["schedule"]) == (["clean", "report"], ["report"])
    assert set(units(made)) - set(units(made, leads=False)) == {
        "slipway-shop-task-migrate@{slot}.service",
        "slipway-shop-job-clean.service",
        "slipway-shop-job-clean.timer",
    }
    assert own_waits(first) == own_waits(other) + 90


def test_they_run_the_same_program_as_closed_and_told_as_the_service_is() -> None:
    made = units(service(SERVICE, tasks=TASKS, schedule=JOBS, environment={"A": "b"}))
    task, job = made["slipway-shop-task-migrate@{slot}.service"], made["slipway-shop-job-clean.service"]
    serving = made["shop@{slot}.service"]
    kept = [
        line
        for line in serving.splitlines()
        if line.startswith(("Protect", "Private", "System", "Env", "User"))
    ]
    assert len(kept) > 12
    for line in kept:
        assert line in task.splitlines()
        assert line.replace("%i", "@live@") in job.splitlines()
    assert 'ExecStart=/opt/shop/app/%i/bin/shop "migrate" "${SLIPWAY_FILES}/schema"' in task
    assert 'ExecStart=/opt/shop/app/@live@/bin/shop "clean"' in job
    assert "OnCalendar=Mon..Fri 03:30" in made["slipway-shop-job-clean.timer"]


def test_the_host_that_has_the_tasks_goes_first_and_alone() -> None:
    made, hosts = service(SERVICE, tasks=TASKS), {"eu": ("a", "b", "c"), "us": ("d",)}
    for canary in (0, 2):
        found = rollout.plan(hosts, ReleasePolicy(canary=canary), made).batches
        assert found["eu"][0] == ("a",) and found["us"] == (("d",),)
        assert [host for batch in found["eu"] for host in batch] == ["a", "b", "c"]


def test_where_nothing_is_done_once_the_first_host_has_the_release_of_all_others() -> None:
    made = service(SERVICE, schedule={"report": JOBS["report"]})
    assert release(made).id == release(made, leads=False).id
