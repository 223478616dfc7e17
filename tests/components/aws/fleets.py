"""Fleets for tests: a network, a firewall and hosts one after the other, on a recording engine that answers for EC2."""

import json
from collections.abc import Callable
from typing import Any

import pulumi

from components.aws.firewall import Firewall, FirewallArgs
from components.aws.fleet import Fleet, FleetArgs
from components.aws.instance import architectures_of
from components.aws.network import Network, NetworkArgs
from components.hosts import Host
from model.aws import firewall
from model.aws.access import Access
from model.aws.instances import InstanceGroup
from model.aws.network import Network as NetworkSettings
from model.login import Login
from tests.components.aws.cloud import LOOK_UPS, MADE
from tests.components.recording import Answer, Recording, record

INSTANCE, COMMAND, LOCAL = "aws:ec2/instance:Instance", "command:remote:Command", "command:local:Command"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
SECRET = "4dabf18193072939515e22adb298388d"
SUPPORTED = {
    "m7g.large": "arm64",
    "m7i.large": "x86_64",
    "t4g.nano": "arm64",
    "t4g.small": "arm64",
    "c7g.large": "arm64",
}
NEWEST = "debian-13-{}-20261101-2283"
BASTION = {"bastion": {"operatorCidrs": ["203.0.113.0/24"]}}


def _image(args: dict[str, Any]) -> dict[str, Any]:
    wanted = {each["name"]: each["values"][0] for each in args["filters"]}
    if "image-id" in wanted:
        return {
            "id": wanted["image-id"],
            "name": "mine",
            "architecture": "x86_64",
            "rootDeviceName": "/dev/xvda",
        }
    word = wanted["name"].split("-")[2]
    return {
        "id": f"ami-{word}",
        "name": NEWEST.format(word),
        "architecture": {"amd64": "x86_64"}.get(word, word),
        "rootDeviceName": "/dev/xvda",
    }


ANSWERS: dict[str, Answer] = LOOK_UPS | {
    "aws:ec2/getAmi:getAmi": _image,
    "aws:ec2/getInstanceType:getInstanceType": lambda args: {
        "supportedArchitectures": [SUPPORTED[args["instanceType"]]]
    },
}
RESOURCES: dict[str, Answer] = MADE | {
    INSTANCE: lambda inputs: {"privateIp": f"private of {inputs['name']}", "publicIp": f"public of {inputs['name']}"},
    "aws:ec2/eip:Eip": lambda inputs: {"publicIp": f"address for {inputs.get('instance')}"},
    LOCAL: lambda inputs: {"stdout": f"PRIVATE\n{inputs['name']}\nssh-ed25519 {inputs['name']}"},
    "aws:iam/role:Role": lambda inputs: {"name": f"name of {inputs['name']}", "arn": "arn"},
    "aws:iam/instanceProfile:InstanceProfile": lambda inputs: {"name": f"name of {inputs['name']}"},
    "aws:ec2/subnet:Subnet": lambda _: {"region": "eu-central-1"},
}  # fmt: skip


def group(type: str, count: int = 1, **more: Any) -> InstanceGroup:
    return InstanceGroup.model_validate({"type": type, "count": count} | more)


def fleet(
    *groups: InstanceGroup, access: dict[str, Any] = BASTION, protected: bool = False, **more: Any
) -> Fleet:
    network = Network("eu", NetworkArgs(settings=NetworkSettings(range="10.20.0.0/16", zones=3)))
    way = Access.model_validate_json(json.dumps(access))
    rules = firewall.rules(service_port=8080, tls=True, access=way.kind)
    return Fleet(
        "eu",
        FleetArgs(
            groups=groups,
            network=network,
            firewall=Firewall(
                "eu", FirewallArgs(network=network, rules=rules, operator_cidrs=way.operator_cidrs)
            ),
            access=way,
            login=Login(),
            public_keys=(KEY,),
            private_key="operator's private half",
            architectures=architectures_of([each.type for each in groups], pulumi.InvokeOptions()),
            protected=protected,
            **more,
        ),
    )


def made(
    *groups: InstanceGroup, after: Callable[[], pulumi.Resource] | None = None, **more: Any
) -> Recording:
    """A fleet with all of its hosts, each made when `after` and the host before it are there."""

    def program() -> None:
        one = fleet(*groups, **more)
        before: list[pulumi.Resource] = [after()] if after else []
        for name in one.names:
            host = one.host(name, before)
            assert isinstance(host, Host) and host.ready
            before = [host.ready]
        one.scale([])

    return record(program, looked_up=ANSWERS, made=RESOURCES)


def connection(recording: Recording, name: str) -> dict[str, Any]:
    return recording.inputs(COMMAND, name)["connection"]
