"""A project whose stack of AWS is rehearsed on lab hosts, and what can be asked of it and of its machines."""

from __future__ import annotations

import asyncio
import copy
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import yaml

from engine import binary
from engine.process import Pulumi
from engine.stacks import Stack
from lab.instances import Instances
from lab.progress import Progress
from plugins.aws.cloud import lab_name
from rehearsal.stack import PASSPHRASE
from tests.lab.project import Project, Run

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

    def on(self, name: str, command: str, key: str = "key") -> str:
        """What a command prints on a host, reached through the bastion with the host keys that the program pinned."""

        async def run() -> str:
            connection = next(
                _opened(each["inputs"]["connection"])
                for each in self.resources()
                if each["urn"].endswith(f"command:remote:Command::{REGION}-{name}-ready")
            )
            bastion = connection.get("proxy")
            async with _dial(self, bastion or connection, None, key) as first:
                if not bastion:
                    return str((await first.run(command)).stdout)
                async with _dial(self, connection, first, key) as second:
                    return str((await second.run(command)).stdout)

        return asyncio.run(run())

    def let_in(self, private: str, *names: str) -> None:
        """Names keys in the stack file: which logs in, and which machines let in."""
        file = self.project.directory / "Pulumi.prod.yaml"
        content = yaml.safe_load(file.read_text())
        public = [(self.project.directory / f"{name}.pub").read_text().strip() for name in names]
        for region in content["config"]["slipway:regions"].values():
            region["login"] |= {"privateKeyFile": private, "publicKeys": public}
        file.write_text(yaml.safe_dump(content))

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


def _dial(cloud: Cloud, connection: dict[str, Any], tunnel: Any, key: str) -> Any:
    return asyncssh.connect(
        connection["host"],
        username=connection["user"],
        client_keys=[str(cloud.project.directory / key)],
        known_hosts=([asyncssh.import_public_key(connection["hostKey"])], [], []),
        tunnel=tunnel,
        config=[],
        connect_timeout=60,
    )


def project_of(directory: Path, subnet: str, standby: str = "") -> Cloud:
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
