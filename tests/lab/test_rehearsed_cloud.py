"""The program of a cloud stack from nothing to serving, on pretended AWS: real first starts, a real bastion, real releases.

What AWS would do is pretended and proves nothing: tests/plugins/aws has what can be said of it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from plugins.aws import INSTANCE
from tests.lab.rehearsed import REGION, STANDBY, Cloud, project_of

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def both(free_subnet: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A stack with a host, up, and a standby. Gone after the tests."""
    cloud = project_of(tmp_path_factory.mktemp("both"), free_subnet(), STANDBY)
    try:
        done = cloud.must("up")
        (cloud.project.directory / "first.log").write_text(done.text)
        yield cloud
    finally:
        cloud.run("destroy")


@pytest.fixture
def lonely(
    free_subnet: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cloud]:
    """A stack of one host that is not up yet; this process sees its lab as the project does."""
    monkeypatch.setattr("lab.place.PROJECT", tmp_path)
    cloud = project_of(tmp_path, free_subnet())
    try:
        yield cloud
    finally:
        cloud.run("destroy")


def test_hosts_that_began_with_nothing_serve_the_release_of_their_architecture(both: Cloud) -> None:
    hosts = both.hosts()
    assert hosts
    for name, told in hosts.items():
        with urllib.request.urlopen(f"http://{told['address']}:8080/", timeout=30) as answer:
            greeting = json.load(answer)
        machine = both.on(name, "uname -m").strip()
        assert {"amd64": "x86_64", "arm64": "aarch64"}[told["architecture"]] == machine
        assert (greeting["architecture"], greeting["version"]) == (told["architecture"], told["version"])


def test_each_was_made_by_the_programs_own_user_data(both: Cloud) -> None:
    for name in both.hosts():
        assert both.on(name, "cloud-init status").strip() == "status: done"
        instance = both.on(name, "cloud-init query instance_id").strip()
        assert any(each["id"] == instance for each in both.resources())
        assert both.on(name, "sudo -n id --user").strip() == "0"


def test_nobody_comes_to_a_host_but_through_the_bastion_and_nobody_is_root_there(both: Cloud) -> None:
    bastion = both.address("bastion")
    for name in both.hosts():
        logins = both.on(name, "sudo journalctl --unit ssh --grep 'Accepted' --output cat").splitlines()
        assert len(logins) >= 4
        assert {line.split(" from ")[1].split()[0] for line in logins} == {bastion}
    assert both.on("bastion", "sudo -n true && echo root").strip() == ""
    assert both.on("bastion", "groups").split() == ["deploy"]


def test_two_regions_stand_behind_one_name_with_a_check_of_each_at_its_own(both: Cloud) -> None:
    resources = both.resources()
    checks = {
        each["outputs"]["fqdn"]
        for each in resources
        if each["type"] == "aws:route53/healthCheck:HealthCheck" and each["outputs"].get("fqdn")
    }
    assert checks == {"eu.api.example.com", "us.api.example.com"}
    records = [
        each["outputs"]
        for each in resources
        if each["type"] == "aws:route53/record:Record" and each["outputs"]["name"] == "api.example.com"
    ]
    roles = {
        policy["type"] for each in records for policy in each.get("failoverRoutingPolicies") or () if policy
    }
    assert roles == {"PRIMARY", "SECONDARY"}
    assert resources[0]["outputs"]["frontDoor"]["servedWithin"] == 173


def test_what_was_pretended_is_said_at_the_end(both: Cloud) -> None:
    text = (both.project.directory / "first.log").read_text()
    assert "AWS resources (" in text
    assert "of which AWS knows nothing" in text
    for name in [*both.hosts(), "bastion"]:
        assert f"real: the instance {REGION}-{name} (" in text
        assert f"is a lab host at {both.address(name)}" in text


def test_the_desk_reaches_each_through_the_bastion_by_what_the_stack_tells(both: Cloud) -> None:
    def desk(*words: str) -> str:
        done = both.project.run("-m", "desk", words[0], "--stack", "prod", "--rehearsal", *words[1:])
        assert done.code == 0, done.text
        return done.text

    rows = {line.split()[0]: line for line in desk("status").splitlines()}
    for name, told in both.hosts().items():
        assert told["release"] in rows[f"{REGION}/{name}"] and "active/running" in rows[f"{REGION}/{name}"]
        where = f"{REGION}/{name}"
        assert "listening" in desk("logs", "--host", where)
        assert desk("shell", "--host", where, "--", "uname", "-n").strip()
        before = both.on(name, "systemctl show --property MainPID greeter@blue greeter@green")
        desk("restart", "--host", where)
        assert both.on(name, "systemctl show --property MainPID greeter@blue greeter@green") != before


def test_a_second_run_changes_nothing(both: Cloud) -> None:
    def told() -> dict[str, tuple[Any, ...]]:
        return {each["urn"]: (each["id"], each["outputs"]) for each in both.resources()}

    before = told()
    assert both.must("up").changed == {}
    assert told() == before


def test_drift_is_found_in_the_cloud_and_written_nowhere(both: Cloud) -> None:
    cloud = both.directory / "cloud.json"
    clean = cloud.read_text()

    def drift() -> tuple[int, str]:
        done = both.project.run("-m", "drift", "--stack", "prod", "--rehearsal")
        return done.code, done.text

    code, text = drift()
    assert code == 0, text
    state = both.resources()

    made = json.loads(clean)
    rules = made["resources"]["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"]
    opened = next(each for each in rules.values() if each.get("cidrIpv4") == "203.0.113.0/24")
    opened["cidrIpv4"] = "0.0.0.0/0"
    balancer = next(iter(made["resources"]["aws:lb/loadBalancer:LoadBalancer"].values()))
    balancer["enableDeletionProtection"] = False
    check = next(iter(made["resources"]["aws:route53/healthCheck:HealthCheck"]))
    del made["resources"]["aws:route53/healthCheck:HealthCheck"][check]
    standby = f"{STANDBY}-"
    gone = next(
        id
        for id, each in made["resources"]["aws:ec2/instance:Instance"].items()
        if str(each["tags"]["Name"]).startswith(standby)
    )
    del made["resources"]["aws:ec2/instance:Instance"][gone]
    try:
        cloud.write_text(json.dumps(made))
        code, text = drift()
        assert code == 1
        assert '"203.0.113.0/24" => "0.0.0.0/0"' in text, text
        assert "enableDeletionProtection" in text and gone in text and check in text, text
        assert both.resources() == state, "who looks changes nothing"
    finally:
        cloud.write_text(clean)
    assert drift()[0] == 0


def test_what_user_data_shows_opens_no_connection_once_a_host_is_ready(both: Cloud) -> None:
    resources = both.resources()
    for name, told in both.hosts().items():
        assert told["hostKey"] == " ".join(both.on(name, "cat /etc/ssh/ssh_host_ecdsa_key.pub").split()[:2])
        data = both.on(name, "sudo -n cloud-init query userdata")
        assert "OPENSSH PRIVATE KEY" in data and told["hostKey"].split()[1] not in data
        later = [
            each["inputs"]["connection"]
            for each in resources
            if each["type"].startswith("command:remote:")
            and f"{REGION}-{name}" in each["urn"]
            and not each["urn"].endswith("-ready")
        ]
        assert len(later) >= 3
        assert {json.loads(each["plaintext"])["hostKey"] for each in later} == {told["hostKey"]}


def test_what_each_keeps_is_asked_through_the_bastion(both: Cloud) -> None:
    done = both.project.run("-m", "releases", "list", "--stack", "prod", "--rehearsal")
    assert done.code == 0, done.text
    for name, told in both.hosts().items():
        (row,) = [line for line in done.text.splitlines() if f"{REGION}/{name}" in line]
        assert told["release"] in row


def test_a_bundle_that_is_damaged_on_an_instance_is_sent_again(both: Cloud) -> None:
    name = next(iter(both.hosts()))
    both.on(name, "rm -f ~/.slipway/*")
    again = f"**CopyToRemote::{REGION}-{name}-bundle"
    done = both.project.run(*both.words("up"), "--", "--replace", again, seconds=1200)
    assert done.code == 0, done.text
    assert both.on(name, "ls ~/.slipway").strip().endswith(".tar.gz")


def test_another_key_comes_onto_machines_that_stay_and_the_old_one_goes(both: Cloud) -> None:
    new = both.project.directory / "new"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "a laptop", "-f", new], check=True)
    machines = {each["urn"]: each["id"] for each in both.resources() if each["type"] == INSTANCE}
    name = next(iter(both.hosts()))
    with pytest.raises(asyncssh.PermissionDenied):
        both.on("bastion", "true", "new")

    both.let_in("key", "key", "new")
    done = both.must("up")
    assert all(each.endswith("-ready") for each in done.changed), done.changed
    for each in (name, "bastion"):
        assert both.on(each, "echo in", "new") == both.on(each, "echo in") == "in\n"

    both.let_in("new", "key", "new")
    both.must("up")
    both.let_in("new", "new")
    both.must("up")
    assert (
        both.on(name, "cat ~/.ssh/authorized_keys", "new")
        == " ".join((both.project.directory / "new.pub").read_text().split()[:2]) + "\n"
    )
    with pytest.raises(asyncssh.PermissionDenied):
        both.on("bastion", "true")
    assert {each["urn"]: each["id"] for each in both.resources() if each["type"] == INSTANCE} == machines
    assert both.must("up").changed == {}


def test_a_killed_run_is_taken_over_a_lost_host_made_anew_and_nothing_is_left(lonely: Cloud) -> None:
    lab = lonely.lab()
    running = subprocess.Popen(
        [sys.executable, *lonely.words("up")],
        cwd=lonely.project.directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 300
    while not lab.machines and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert lab.machines, "the run ended before it had made a host"

    lonely.must("up")
    assert len(lab.machines) == 2
    (name,) = lonely.hosts()
    lost = lonely.address(name)
    assert lonely.on(name, "uname -m").strip()

    lab.remove(next(machine.name for machine in lab.machines.values() if machine.address == lost))
    done = lonely.must("up")
    assert f"the lab host of {REGION}-{name} (" in done.text
    assert len(lab.machines) == 2
    with urllib.request.urlopen(f"http://{lonely.address(name)}:8080/", timeout=30) as answer:
        assert json.load(answer)["message"]

    # Switched off, as after a restart of this machine: the next run switches it on and changes nothing.
    for machine in lab.machines.values():
        machine.kill()
    assert lonely.must("up").changed == {}
    assert all(machine.running for machine in lab.machines.values())

    lonely.must("destroy")
    assert not lab.place.directory.exists()
    assert not lab.network.namespace_file.exists()
    assert not lab.place.cgroup.path.exists()
    assert not lonely.directory.exists()
