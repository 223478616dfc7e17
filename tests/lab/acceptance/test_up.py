"""What `up` gives on hosts of both architectures: who answers, what runs, how it is shut in; a second one does nothing."""

import re

import pytest

from tests.lab import evidence
from tests.lab.acceptance.conftest import Stack

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]


def test_a_hundred_requests_through_the_edge_are_answered_by_every_host_from_the_artifacts_bytes(
    fleet: Stack,
) -> None:
    answers = [evidence.greeting(fleet.edge) for _ in range(100)]
    outputs = fleet.project.outputs()
    assert {answer["host"] for answer in answers} == {host.name for host in fleet.hosts}
    for host in fleet.hosts:
        pids = {answer["pid"] for answer in answers if answer["host"] == host.name}
        assert len(pids) == 1
        running = evidence.process(host, pids.pop())
        assert running.sha256 == outputs["artifacts"][host.architecture.value]["sha256"]
        assert running.sha256 == outputs["regions"]["lab"]["hosts"][host.name]["sha256"]
        assert running.uid != 0


def test_every_host_has_the_architecture_that_was_declared_and_is_answered_from(fleet: Stack) -> None:
    answers = [evidence.greeting(host, 8080) for host in fleet.hosts]
    for host, answer in zip(fleet.hosts, answers, strict=True):
        assert host.run("uname -m").stdout.strip() == host.architecture.traits.machine
        assert (answer["host"], answer["architecture"]) == (host.name, host.architecture.value)
        assert answer["version"] == fleet.project.outputs()["version"]


def test_the_service_unit_scores_at_most_one_and_a_half(fleet: Stack) -> None:
    for host in fleet.hosts:
        slot = evidence.status(host)["slot"]
        told = host.run(f"systemd-analyze security --no-pager greeter@{slot}.service").stdout
        score = re.search(r"Overall exposure level.*?: ([\d.]+) ", told)
        assert score, told[-300:]
        assert float(score[1]) <= 1.5, told


def test_slots_listen_on_loopback_alone_and_the_proxy_for_the_edge(fleet: Stack) -> None:
    for host in fleet.hosts:
        state = evidence.status(host)
        ports = evidence.listening(host)
        live = {"blue": 18081, "green": 18082}[state["slot"]]
        assert ports[live] == {"127.0.0.1"}
        assert {port: addresses for port, addresses in ports.items() if port in (18081, 18082)} == {
            live: {"127.0.0.1"}
        }
        assert ports[8080] <= {"0.0.0.0", "*", "[::]"}
        assert host.run("systemctl is-active greeter-proxy.service").stdout.strip() == "active"
    assert 80 in evidence.listening(fleet.edge)
    site = fleet.edge.run("cat /etc/nginx/conf.d/greeter.conf").stdout
    assert "least_conn" in site
    assert all(f"server {host.address}:8080" in site for host in fleet.hosts)


def test_a_second_up_changes_nothing_and_opens_no_connection(fleet: Stack) -> None:
    def seen() -> dict[str, tuple[int, int]]:
        return {
            machine.name: (evidence.logins(machine), evidence.accepted(machine)) for machine in fleet.machines
        }

    seen()  # begins to count
    before = seen()
    done = fleet.project.must_up()
    assert done.changed == {}
    assert re.search(r"^Resources:\n +\d+ unchanged$", done.text, re.MULTILINE), done.text
    assert seen() == before
    # The counters do count: the first `up` logged in on every machine, and a request is a connection.
    assert all(logins > 0 for logins, _ in before.values())
    evidence.greeting(fleet.edge)
    assert seen()[fleet.edge.name][1] > before[fleet.edge.name][1]


def test_after_a_reboot_the_right_release_comes_back(fleet: Stack) -> None:
    host = fleet.hosts[0]
    before = evidence.status(host)
    host.reboot()
    evidence.steady(lambda: evidence.greeting(host, 8080)["host"] == host.name, "an answer after the reboot")
    after = evidence.status(host)
    assert {key: after[key] for key in ("release", "slot", "sha256")} == {
        key: before[key] for key in ("release", "slot", "sha256")
    }
    assert evidence.process(host, evidence.greeting(host, 8080)["pid"]).sha256 == before["sha256"]
    assert fleet.project.must_up().changed == {}
