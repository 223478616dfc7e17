"""The commands from the desk, on a stack that serves."""

from __future__ import annotations

import pytest

from tests.lab import evidence
from tests.lab.acceptance.conftest import Stack
from tests.lab.project import Run
from tests.load.background import running
from tests.load.plan import Plan

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def desk(stack: Stack, *words: str) -> Run:
    return stack.project.run("-m", "desk", words[0], "--stack", "local", *words[1:])


def test_status_shows_every_machine_and_what_it_runs(native: Stack) -> None:
    done = desk(native, "status")
    assert done.code == 0, done.text
    head, *rows = done.text.splitlines()
    assert head.split() == [
        *("HOST", "RELEASE", "VERSION", "SLOT", "STATE", "SINCE", "RESTARTS", "SESSIONS", "PROXY", "REMARK")
    ]
    assert [row.split()[0] for row in rows] == ["lab/app1", "lab/app2", "lab/front"]
    for row, host in zip(rows, native.hosts, strict=False):
        assert evidence.status(host)["release"] in row
        assert "active/running" in row


def test_who_cannot_be_reached_is_named_and_the_rest_is_shown(native: Stack) -> None:
    native.hosts[0].pause()
    try:
        done = desk(native, "status")
    finally:
        native.hosts[0].resume()
    assert done.code == 1
    first, second, edge = done.text.splitlines()[1:]
    assert first.startswith("lab/app1") and "gave no answer within" in first
    assert "active/running" in second and "active/running" in edge


def test_logs_of_all_hosts_stand_behind_their_names(native: Stack) -> None:
    done = desk(native, "logs", "--lines", "5", "--since", "1 hour ago")
    assert done.code == 0, done.text
    named = {line.split()[0] for line in done.text.splitlines()}
    assert named == {"lab/app1", "lab/app2"}
    assert "listening" in desk(native, "logs", "--host", "app1", "--lines", "1000").text


def test_a_restart_gives_new_processes_and_loses_no_request(native: Stack) -> None:
    before = [evidence.status(host) for host in native.hosts]
    with running(Plan(url=f"http://{native.edge.address}/", rate=100, seconds=240)) as result:
        done = desk(native, "restart")
    assert done.code == 0, done.text
    for host, was in zip(native.hosts, before, strict=True):
        now = evidence.status(host)
        assert (now["release"], now["previous"]) == (was["release"], was["previous"])
        assert now["pid"] != was["pid"] and now["slot"] != was["slot"]
        assert f"lab/{host.name}:" in done.text
    assert result.lost == 0 and result.answered > 100


def test_a_shell_runs_a_command_on_the_host_that_is_named(native: Stack) -> None:
    done = desk(native, "shell", "--host", "app2", "--", "hostname")
    assert (done.code, done.text.strip()) == (0, "app2")
    assert "which host? name one of lab/app1, lab/app2" in desk(native, "shell").text


def test_a_service_without_profiles_is_told_what_it_needs(native: Stack) -> None:
    done = desk(native, "profile", "--host", "app1", "--kind", "heap")
    assert done.code == 1 and "net/http/pprof" in done.text


def test_a_profile_is_fetched_from_a_port_that_is_closed_to_everybody_else(native: Stack) -> None:
    host = native.hosts[0]
    serve = "python3 -m http.server --bind 127.0.0.1 --directory /tmp/made 6060"
    host.run(
        "mkdir -p /tmp/made/debug/pprof && printf profile >/tmp/made/debug/pprof/heap && "
        f"sudo systemd-run --quiet --unit=pprof --collect {serve}; "
        "for _ in $(seq 100); do curl -sf 127.0.0.1:6060 >/dev/null && break; sleep 0.1; done"
    )
    try:
        done = desk(native, "profile", "--host", "app1", "--kind", "heap", "--port", "6060")
    finally:
        host.run("sudo systemctl stop pprof")
    assert done.code == 0, done.text
    (file,) = (native.project.kept / "profiles").iterdir()
    assert file.name.startswith("lab-app1-heap-") and file.read_text() == "profile"
