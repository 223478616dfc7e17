"""`destroy` takes off what the stack put there, never what another stack put there since; and a host may be gone for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab.machine import Machine
from tests.lab import evidence
from tests.lab.acceptance.conftest import Stack
from tests.lab.project import greeter, region

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]

BOUND = 90
"""Seconds within which a command that meets a dead host has ended: 34 s of dialling, and the work on the others."""


def leftovers(machine: Machine) -> str:
    """Units, files, processes and open ports of the service that are still on the host."""
    return machine.run(
        "systemctl list-units --all --plain --no-legend greeter*; ls -d /etc/systemd/system/greeter* /etc/nginx/conf.d/greeter* "
        "/etc/logrotate.d/greeter /opt/greeter/app /opt/greeter/conf 2>/dev/null; "
        "pgrep -a greeter; pgrep -af '[h]aproxy.*/opt/greeter'; "
        "ss -Hltn 'sport = 8080 or sport = 18081 or sport = 18082'; true"
    ).stdout


def test_destroy_takes_the_service_off_every_machine_keeps_its_data_and_up_works_again(native: Stack) -> None:
    host = native.hosts[0]
    host.run("echo precious | sudo -n tee /opt/greeter/data/orders")
    assert leftovers(host) != ""
    done = native.project.destroy()
    assert done.code == 0, done.text
    assert {machine.name: leftovers(machine) for machine in native.machines} == {
        machine.name: "" for machine in native.machines
    }
    assert host.run("sudo -n cat /opt/greeter/data/orders").stdout == "precious\n"

    again = native.project.destroy()
    assert (again.code, again.changed) == (0, {})
    native.project.must_up()
    evidence.wait_for(
        lambda: evidence.greeting(native.edge)["message"] == "Hello", "an answer through the edge"
    )
    assert host.run("sudo -n cat /opt/greeter/data/orders").stdout == "precious\n"


def test_destroy_leaves_alone_what_another_stack_has_installed_since(native: Stack) -> None:
    taken, own = native.hosts
    other = greeter(region([taken]), environment={"GREETING": "from another stack"})
    native.project.configure(other, stack="other")
    done = native.project.run("-m", "engine", "up", "--stack", "other")
    assert done.code == 0, done.text
    newer = evidence.greeting(taken, 8080)
    assert newer["message"] == "from another stack"

    done = native.project.destroy()
    assert done.code == 0, done.text
    assert evidence.greeting(taken, 8080) == newer
    assert leftovers(own) == ""
    assert "it stays" in done.text

    done = native.project.run("-m", "engine", "destroy", "--stack", "other")
    assert done.code == 0, done.text
    assert leftovers(taken) == ""


def test_a_host_that_is_gone_for_good_is_named_and_then_forgotten_in_one_step(
    native: Stack, fresh_host: Callable[[str], Machine]
) -> None:
    project = native.project
    doomed = fresh_host("doomed")
    everybody = [*native.hosts, doomed]
    project.configure(greeter(region(everybody, native.edge)))
    project.must_up()
    assert evidence.greeting(doomed, 8080)["host"] == "doomed"
    doomed.kill()

    project.configure(greeter(region(everybody, native.edge), environment={"GREETING": "without the dead"}))
    for refused in (project.up(), project.destroy()):
        assert refused.code != 0, refused.text
        assert "lab-doomed" in refused.text
        assert doomed.address in refused.text
        assert refused.seconds < BOUND

    project.configure(
        greeter(region(native.hosts, native.edge), environment={"GREETING": "without the dead"})
    )
    forgotten = project.run("-m", "engine", "forget", "--stack", "local", "--host", "doomed")
    assert forgotten.code == 0, forgotten.text
    project.must_up()
    assert {evidence.greeting(native.edge)["message"] for _ in range(20)} == {"without the dead"}
    done = project.destroy()
    assert done.code == 0, done.text
    assert [leftovers(machine) for machine in native.machines] == ["", "", ""]
