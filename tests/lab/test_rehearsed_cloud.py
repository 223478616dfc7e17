"""The program of a cloud stack from nothing to serving, on pretended AWS: real first starts, a real bastion, real releases.

What AWS would do is pretended and proves nothing: tests/plugins/aws has what can be said of it.
"""

from __future__ import annotations

import asyncio
import copy
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from engine import binary
from engine.process import Pulumi
from engine.stacks import Stack
from lab.instances import Instances
from lab.progress import Progress
from plugins.aws.cloud import lab_name
from rehearsal.stack import PASSPHRASE
from tests.lab.project import Project, Run

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1500)]
REGION, STANDBY = "eu-central-1", "us-east-1"
# No foreign type beside it: an emulated machine's first start takes minutes, and tests/lab/acceptance has both.
NATIVE = "m7i.large"
SECONDS = 1200
"""Reached only when something is broken."""


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A project whose stack `prod` is rehearsed on hosts in `subnet`."""

    project: Project
    subnet: str

    def run(self, command: str) -> Run:
        return self.project.run(*self.words(command), seconds=SECONDS)

    def words(self, command: str) -> list[str]:
        return ["-m", "rehearsal", command, "--stack", "prod", "--subnet", self.subnet]

    def must(self, command: str) -> Run:
        done = self.run(command)
        assert done.code == 0, done.text
        return done

    def hosts(self) -> dict[str, dict[str, str]]:
        """What the stack tells of its hosts, by name."""
        return self.resources()[0]["outputs"]["regions"][REGION]["hosts"]

    @property
    def directory(self) -> Path:
        return self.project.kept / "rehearsal" / "prod"

    def resources(self) -> list[dict[str, Any]]:
        """Of the state, secrets readable."""
        stack = Stack(
            name="prod", directory=self.directory, state=self.directory / "state", passphrase=PASSPHRASE
        )
        told = Pulumi(binary.ensure(Progress()), stack).told("stack", "export", "--show-secrets")
        found = json.loads(told)["deployment"]["resources"]
        return [{"id": "", "outputs": {}, "inputs": {}, "delete": False, **each} for each in found]

    def on(self, name: str, command: str) -> str:
        """What a command prints on a host, reached through the bastion with the keys that the program pinned."""

        async def run() -> str:
            connection = next(
                _opened(each["inputs"]["connection"])
                for each in self.resources()
                if each["urn"].endswith(f"command:remote:Command::{REGION}-{name}-ready")
            )
            bastion = connection.get("proxy")
            async with _dial(self, bastion or connection, None) as first:
                if not bastion:
                    return str((await first.run(command)).stdout)
                async with _dial(self, connection, first) as second:
                    return str((await second.run(command)).stdout)

        return asyncio.run(run())

    def address(self, name: str) -> str:
        (found,) = (
            each["outputs"]["privateIp"]
            for each in self.resources()
            if each["urn"].endswith(f"aws:ec2/instance:Instance::{REGION}-{name}") and not each["delete"]
        )
        return found

    def lab(self) -> Instances:
        """The rehearsal's own lab, as it finds it."""
        return Instances(lab_name("prod", self.directory), self.subnet)


def _opened(value: Any) -> Any:
    """A secret of the exported state is JSON in a mark."""
    return json.loads(value["plaintext"]) if isinstance(value, dict) and "plaintext" in value else value


def _dial(cloud: Cloud, connection: dict[str, Any], tunnel: Any) -> Any:
    return asyncssh.connect(
        connection["host"],
        username=connection["user"],
        client_keys=[str(cloud.project.directory / "key")],
        known_hosts=([asyncssh.import_public_key(connection["hostKey"])], [], []),
        tunnel=tunnel,
        config=[],
        connect_timeout=60,
    )


def _cloud(directory: Path, subnet: str, standby: str = "") -> Cloud:
    """A stack of one region or, with `standby`, of two under one name."""
    project = Project(directory, {})
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / "key"], check=True)
    balancer = {"domain": "api.example.com", "zone": "example.com", "alarmEmail": "ops@example.com"}
    region: dict[str, Any] = {
        "instances": [{"type": NATIVE, "count": 1}],
        "network": {"range": "10.20.0.0/16", "zones": 3, "gateways": "perZone"},
        # Of this machine's architecture: every connection goes through it.
        "access": {"bastion": {"type": "t3.nano", "operatorCidrs": ["203.0.113.0/24"]}},
        "login": {"user": "deploy", "privateKeyFile": "key"},
        "loadBalancer": balancer,
    }
    service = {"name": "greeter", "source": "examples/greeter", "arguments": ["-addr", "127.0.0.1:{port}"]}
    config = {
        "protected": True,
        "tags": {"owner": "team", "costCentre": "42"},
        "service": service,
        "regions": {REGION: region},
        "release": {"uncommitted": "allow", "drain": 1},
    }
    content: dict[str, Any] = {f"slipway:{key}": value for key, value in config.items()}
    content["pulumi:disable-default-providers"] = ["aws"]
    if standby:
        other: dict[str, Any] = copy.deepcopy(region) | {"capacity": 100}
        other["network"]["range"] = "10.21.0.0/16"
        other["loadBalancer"]["domain"] = "us.api.example.com"
        region |= {"capacity": 100, "loadBalancer": {**balancer, "domain": "eu.api.example.com"}}
        config["regions"][standby] = other
        content["slipway:frontDoor"] = {
            "name": "api.example.com",
            "zone": "example.com",
            "mechanism": "route53",
            "objective": 180,
            "stateless": True,
        }
    project.write_stack({"config": content}, "prod")
    return Cloud(project=project, subnet=subnet)


@pytest.fixture(scope="module")
def both(free_subnet: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A stack with a host, up, and a standby. Gone after the tests."""
    cloud = _cloud(tmp_path_factory.mktemp("both"), free_subnet(), STANDBY)
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
    cloud = _cloud(tmp_path, free_subnet())
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
