"""What cannot be deployed is refused in a clear sentence, within bounded time, and hosts stay as they were."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml

from lab.architecture import native as native_architecture
from lab.identity import new_key
from lab.machine import Machine
from tests.lab import evidence
from tests.lab.acceptance.conftest import Stack
from tests.lab.project import Run, greeter, region

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

BOUND = 60
"""Seconds within which a host that cannot be used is named."""


@contextmanager
def nothing_changes(*machines: Machine) -> Iterator[None]:
    before = evidence.snapshots(*machines)
    yield
    assert evidence.snapshots(*machines) == before


@contextmanager
def no_contact(*machines: Machine) -> Iterator[None]:
    """Not even a connection; so nothing can have changed."""
    before = [evidence.accepted(machine) for machine in machines]
    yield
    assert [evidence.accepted(machine) for machine in machines] == before


@pytest.fixture
def idle(native_stack: Stack) -> Iterator[Stack]:
    """The native stack without an `up` before, for what must be refused before any host is asked."""
    native_stack.baseline()
    yield native_stack
    native_stack.baseline()


def configuration(stack: Stack, **service: Any) -> dict[str, Any]:
    return greeter(region(stack.hosts, stack.edge), **service)


def refused(stack: Stack, wanted: dict[str, Any]) -> Run:
    stack.project.configure(wanted)
    return failed(stack)


def failed(stack: Stack) -> Run:
    done = stack.project.up()
    assert done.code != 0, done.text
    assert "Traceback" not in done.text
    return done


def test_a_host_of_another_architecture_than_declared(native: Stack) -> None:
    here = native_architecture()
    wanted = configuration(native)
    wanted["regions"]["lab"]["hosts"][0]["architecture"] = here.foreign.value
    with nothing_changes(*native.machines):
        done = refused(native, wanted)
    name = native.hosts[0].name
    sentence = f"the release is for {here.foreign.value}, this host is {here.value} (uname -m: {here.traits.machine})"
    assert f"refused on {name}, nothing was changed: {sentence}" in done.text
    assert "correct the host's architecture in the settings" in done.text


def test_a_host_with_another_host_key(native: Stack) -> None:
    wanted = configuration(native)
    wanted["regions"]["lab"]["hosts"][0]["hostKey"] = new_key().public
    with nothing_changes(*native.machines):
        done = refused(native, wanted)
    assert f"lab-{native.hosts[0].name}" in done.text
    assert native.hosts[0].address in done.text
    assert re.search(r"host key", done.text), done.text
    assert done.seconds < BOUND


def test_a_host_that_nobody_answers_for_is_named_within_a_minute(native: Stack) -> None:
    wanted = configuration(native)
    missing = {**wanted["regions"]["lab"]["hosts"][0], "name": "nobody", "hostKey": new_key().public}
    missing["address"] = native.edge.network.subnet.network_address.exploded.rsplit(".", 1)[0] + ".250"
    wanted["regions"]["lab"]["hosts"].append(missing)
    with nothing_changes(*native.machines):
        done = refused(native, wanted)
    assert "lab-nobody" in done.text
    assert missing["address"] in done.text
    assert done.seconds < BOUND


def test_a_slot_whose_port_another_process_has(native: Stack) -> None:
    ports = {"blue": 18082, "green": 18081}
    squatters = {host: ports[evidence.status(host)["slot"]] for host in native.hosts}
    try:
        for host, port in squatters.items():
            serve = f"python3 -m http.server {port} --bind 127.0.0.1"
            host.run(f"sudo -n systemd-run --unit=squatter {serve}")
            evidence.wait_for(lambda host=host, port=port: port in evidence.listening(host), "the squatter")
        with nothing_changes(*native.machines):
            done = refused(native, configuration(native, environment={"GREETING": "no room"}))
    finally:
        for host in squatters:
            host.run("sudo -n systemctl stop squatter.service", check=False)
    first = native.hosts[0]
    assert f"refused on {first.name}, nothing was changed: " in done.text
    assert f"port {squatters[first]}" in done.text
    assert f"http.server {squatters[first]}" in done.text


def test_a_key_that_is_not_a_setting(idle: Stack) -> None:
    wanted = configuration(idle, helth={"path": "/"})
    with no_contact(*idle.machines):
        done = refused(idle, wanted)
    assert "Pulumi.local.yaml" in done.text
    assert "slipway:service.helth is not a setting; did you mean health?" in done.text


def test_a_key_of_the_namespace_that_pulumi_itself_would_ignore(idle: Stack) -> None:
    wanted = {**configuration(idle), "relaese": {"keep": 3}}
    with no_contact(*idle.machines):
        done = refused(idle, wanted)
    assert "slipway:relaese is not a setting; did you mean release?" in done.text


def test_a_go_package_that_is_not_there(idle: Stack) -> None:
    with no_contact(*idle.machines):
        done = refused(idle, configuration(idle, package="./cmd/absent"))
    assert "there is no Go package in 'examples/greeter/cmd/absent'" in done.text


def test_an_empty_list_of_hosts(idle: Stack) -> None:
    wanted = configuration(idle)
    wanted["regions"]["lab"]["hosts"] = []
    with no_contact(*idle.machines):
        done = refused(idle, wanted)
    assert "slipway:regions.lab has an empty `hosts`; name at least one host" in done.text


def test_source_that_does_not_compile_shows_the_compilers_lines_alone(idle: Stack) -> None:
    idle.project.edit("examples/greeter/greeter.go", 'message = "Hello"', "message = undefinedName")
    with no_contact(*idle.machines):
        done = failed(idle)
    compiler = [line for line in done.text.splitlines() if "undefined: undefinedName" in line]
    assert compiler, done.text
    assert re.search(r"greeter\.go:\d+:\d+: undefined: undefinedName", compiler[0])
    diagnostics = done.text.partition("Diagnostics:\n")[2].partition("\n\n")[0]
    others = [line for line in diagnostics.splitlines() if "undefinedName" not in line]
    assert [line.strip() for line in others] == [
        "pulumi:pulumi:Stack (slipway-local):",
        "error: # greeter",
    ], done.text


def test_a_secret_in_plain_text(idle: Stack) -> None:
    wanted = {f"slipway:{key}": value for key, value in configuration(idle).items()}
    wanted["slipway:secrets"] = {"GREETER_TOKEN": "in plain sight"}
    idle.project.write_stack({"config": wanted})
    with no_contact(*idle.machines):
        done = failed(idle)
    assert "slipway:secrets.GREETER_TOKEN is plain text" in done.text
    assert "pulumi config set --secret" in done.text
    assert "in plain sight" not in done.text


def test_a_secret_where_everybody_could_read_it_and_a_date_without_quotes(idle: Stack) -> None:
    project = idle.project
    project.configure({**configuration(idle), "secrets": {"TOKEN": "s3cr3t-value"}})
    content = yaml.safe_load((project.directory / "Pulumi.local.yaml").read_text())
    service, sealed = content["config"]["slipway:service"], content["config"]["slipway:secrets"]["TOKEN"]
    for value, words in (
        (sealed, "slipway:service.environment.IT is encrypted"),
        (datetime.date(2026, 1, 2), 'write it in quotes: IT: "2026-01-02"'),
        (83, 'write it in quotes: IT: "83"'),
    ):
        service["environment"] = {"IT": value}
        project.write_stack(content)
        with no_contact(*idle.machines):
            done = failed(idle)
        assert words in done.text, done.text
        assert "s3cr3t-value" not in done.text


def test_after_all_refusals_the_next_good_up_changes_nothing_that_serves(native: Stack) -> None:
    pids = {host.name: evidence.status(host)["pid"] for host in native.hosts}
    native.project.must_up()
    assert {host.name: evidence.status(host)["pid"] for host in native.hosts} == pids
