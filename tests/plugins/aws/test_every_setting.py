"""A protected stack that sets everything which services need on AWS: made by the real engine, and again without a change."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from summary.examples import copied

pytestmark = pytest.mark.timeout(900)
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
ALARM = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:too-many-errors"
ACCESS, LOGIN = {"bastion": {"operatorCidrs": ["203.0.113.0/24"]}}, {"privateKeyFile": "key"}
DATABASE = {"to": "10.8.0.0/16", "ports": [5432, 6432], "why": "Database"}
OWN: dict[str, Any] = {
    "instances": [{"type": "t4g.small"}],
    "network": {"range": "10.30.0.0/16"},
    "access": ACCESS,
    "login": LOGIN,
    "egress": [DATABASE, {"to": "0.0.0.0/0", "ports": [443], "protocol": "udp", "why": "HTTP/3 of others"}],
    "loadBalancer": {
        "domain": "api.example.com",
        "zone": "example.com",
        "names": ["www.example.com"],
        "accept": ["198.51.100.0/24", "2001:db8::/32"],
        "stickiness": 600,
        "waf": "count",
        "wafExcept": ["NoUserAgent_HEADER"],
        "wafLogDays": 30,
    },
}
THERE: dict[str, Any] = {
    "instances": [{"type": "t4g.small"}],
    "network": {
        "vpc": "vpc-0123456789abcdef0",
        "privateSubnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        "publicSubnets": ["subnet-0123456789abcdef2"],
        "securityGroups": ["sg-0123456789abcdef3"],
    },
    "access": ACCESS,
    "login": LOGIN,
    "loadBalancer": {
        "domain": "in.example.com",
        "zone": "example.com",
        "zoneId": "Z0PRIVATE",
        "certificate": CERTIFICATE,
        "internal": True,
    },
}
PERMISSIONS = {
    "policies": ["arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess"],
    "statements": [{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::shop/*"]}],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = copied(tmp_path_factory.mktemp("every") / "project")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", made / "key"], check=True)
    file = made / "Pulumi.dev.yaml"
    content = yaml.safe_load(file.read_text())
    config = content["config"]
    config["slipway:protected"] = True
    config["slipway:service"]["permissions"] = PERMISSIONS
    config["slipway:release"] |= {"alarms": [ALARM]}
    config["slipway:regions"] = {"eu-central-1": OWN, "us-east-1": THERE}
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    return made


def run(project: Path, action: str) -> subprocess.CompletedProcess[str]:
    words = ("rehearsal", action, "--stack", "dev", "--hosts", "0")
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=project,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def cloud(project: Path) -> str:
    return (project / ".slipway/rehearsal/dev/cloud.json").read_text()


def test_it_is_made_as_it_is_set_and_a_second_run_changes_nothing(project: Path) -> None:
    done = run(project, "up")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    made = json.loads(cloud(project))["resources"]
    (vpc,) = made["aws:ec2/vpc:Vpc"].values()
    assert vpc["cidrBlock"] == "10.30.0.0/16"
    (instance,) = (
        each
        for each in made["aws:ec2/instance:Instance"].values()
        if each["tags"]["Name"].startswith("us-east-1-t4g")
    )
    assert "sg-0123456789abcdef3" in instance["vpcSecurityGroupIds"]
    assert len(made["aws:iam/rolePolicyAttachment:RolePolicyAttachment"]) == 2
    before = cloud(project)
    again = run(project, "up")
    assert again.returncode == 0, again.stdout + again.stderr
    assert not [word for word in ("created", "updated", "replaced", "deleted") if word in again.stdout], (
        again.stdout
    )
    assert json.loads(cloud(project))["resources"] == json.loads(before)["resources"]
