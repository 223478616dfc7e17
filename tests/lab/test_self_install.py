"""The first start of an instance in an auto-scaling group: real cloud-init, systemd, HAProxy and service; S3 is a folder on it.

What it cannot show: that the AWS CLI, the role and the bucket's policy let the instance fetch, and what a group then does.
"""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from components import bundle
from lab.architecture import native
from lab.instances import Instances
from lab.machine import Machine
from model.architecture import Architecture
from model.aws import self_install
from model.aws.self_install import Stored
from model.aws.user_data import PACKAGES, cloud_config
from model.release import Binary, service_release
from model.release_policy import ReleasePolicy
from model.remote_script import Known
from model.service import Health, Service
from tests.lab import evidence
from tests.lab.binaries import built

pytestmark = pytest.mark.lab
AWS = """#!/bin/sh
# Stands where the AWS CLI would: the bucket is /srv/bucket, the secret a file beside it.
case "$1" in
s3api) cp "/srv/bucket/$6" "$7";;
autoscaling) echo "$8 ${10}" >>/srv/told;;
*) cat /srv/secret;;
esac
"""
SECRET = ("arn:aws:secretsmanager:eu-central-1:123456789012:secret:eu", "v1")
HERE = Architecture(native().value)
PATIENCE = 240
"""Seconds for a boot, a first start and a release on a busy machine; it takes about ten."""


@pytest.fixture(scope="module")
def binary() -> Binary:
    return built(HERE)[HERE]


@pytest.fixture
def cloud(free_subnet: Callable[[], str]) -> Iterator[Instances]:
    """A lab of launched hosts."""
    made = Instances("self-install", free_subnet())
    made.down()
    try:
        yield made
    finally:
        made.down()


class Instance:
    """One that was launched with a release in its user data, and how it is looked at from outside."""

    def __init__(
        self, cloud: Instances, folder: Path, binary: Binary, *, health: str = "/healthz", damage: bytes = b""
    ) -> None:
        service = Service(
            name="greeter",
            source="examples/greeter",
            arguments=("-addr", "127.0.0.1:{port}"),
            health=Health(path=health, deadline=10),
        )
        policy = ReleasePolicy(uncommitted="allow")
        made = bundle.write(service_release(service, policy, HERE, "v1", binary), folder)
        self.key = folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        stored = Stored(
            bucket="bundles",
            key=made.file_name,
            sha256=made.sha256,
            region="eu-central-1",
            group="eu-m7g",
            answers="http://127.0.0.1:8080/healthz",
            secret=SECRET,
        )
        text = cloud_config(
            user="deploy",
            public_keys=[self.key.with_suffix(".pub").read_text()],
            packages=PACKAGES,
            program=self_install.script(Known.of(made.release), stored, "slipway/prod/eu"),
        )
        told = json.loads(text.removeprefix("#cloud-config\n"))
        told["write_files"] += [
            _file("/usr/local/bin/aws", AWS.encode(), "0755"),
            _file(f"/srv/bucket/{made.file_name}", made.path.read_bytes() + damage),
            _file("/srv/secret", b'{"TOKEN": "very private"}', "0600"),
        ]
        self.machine: Machine = cloud.launch("scaled", native(), f"#cloud-config\n{json.dumps(told)}", "i-0")

    def answers(self) -> bool:
        """Whether a load balancer would find it well."""
        connection = http.client.HTTPConnection(self.machine.address, 8080, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def ssh(self, script: str) -> subprocess.CompletedProcess[str]:
        options = [
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "LogLevel=ERROR",
            "ConnectTimeout=5",
        ]
        return subprocess.run(
            [
                "ssh",
                "-i",
                self.key,
                *(f"-o{each}" for each in options),
                f"deploy@{self.machine.address}",
                script,
            ],
            capture_output=True,
            text=True,
        )

    def told(self) -> str:
        """What the group heard of it."""
        return self.ssh("sudo -n cat /srv/told").stdout.strip()

    def first_start(self) -> str:
        """Waits until it is over; returns what it printed."""
        evidence.wait_for(lambda: self.ssh("true").returncode == 0, "an answer by SSH", PATIENCE)
        self.ssh(f"timeout {PATIENCE} cloud-init status --wait")
        return self.ssh("sudo -n cat /var/log/cloud-init-output.log").stdout


def _file(path: str, content: bytes, permissions: str = "0644") -> dict[str, Any]:
    return {
        "path": path,
        "permissions": permissions,
        "encoding": "b64",
        "content": base64.b64encode(content).decode(),
    }


def test_an_instance_serves_its_release_without_anybody_logging_in(
    cloud: Instances, tmp_path: Path, binary: Binary
) -> None:
    instance = Instance(cloud, tmp_path, binary)
    evidence.wait_for(instance.answers, "an answer of the service", PATIENCE)
    log = instance.first_start()
    status = json.loads(
        instance.ssh("sudo -n python3 /opt/greeter/app/current/activator.pyz status --service greeter").stdout
    )
    assert (status["version"], status["sha256"], status["owner"]) == ("v1", binary.sha256, "slipway/prod/eu")
    running = instance.ssh(f"sudo -n sha256sum /proc/{status['pid']}/exe").stdout.split()[0]
    assert running == binary.sha256, "the process that serves is not the binary that was built"
    assert "very private" in instance.ssh(f"sudo -n cat /opt/greeter/conf/{status['slot']}.secrets").stdout
    assert "very private" not in log
    assert instance.told() == "i-0 CONTINUE"


@pytest.mark.parametrize("broken", [{"health": "/nowhere"}, {"damage": b"x"}])
def test_an_instance_whose_release_fails_serves_nothing_and_says_why(
    cloud: Instances, tmp_path: Path, binary: Binary, broken: dict[str, Any]
) -> None:
    instance = Instance(cloud, tmp_path, binary, **broken)
    log = instance.first_start()
    assert ("/nowhere" if "health" in broken else "is damaged") in log
    assert not instance.answers()
    assert instance.told() == "i-0 ABANDON"
