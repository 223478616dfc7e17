"""Every input of every resource on AWS against the API's own model. That AWS agrees is not proven."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.components.recording import plain
from tests.plugins.aws.test_every_setting import OWN, PERMISSIONS
from tests.program.api_calls import CALLS, WITHOUT
from tests.program.api_model import accepted, misfits, shaped
from tests.program.recorder import Recorder, inputs, run_program
from tests.program.test_cloud import SECOND, dev, prod, region


@cache
def everything() -> Recorder:
    """With what services need, as the rehearsed stack has it."""
    one = region() | {key: OWN[key] for key in ("egress", "loadBalancer")}
    return run_program("dev", regions={"eu-central-1": one}, service=SERVICE, protected=True)


@cache
def grouped() -> Recorder:
    """Groups of every kind in two regions, one behind a tunnel, with secrets; before them Global Accelerator and its own zone."""
    mixed = {"min": 2, "max": 8, "types": ["c7g.large"], "spot": {"percent": 50}, "schedules": SCHEDULES}
    warm = {"min": 2, "max": 8, "warm": 1}
    second = SECOND | {"instances": [{"type": "t4g.small", "autoscaling": warm}], "access": {"tunnel": {}}}
    return run_program(
        "prod",
        regions={
            "eu-central-1": region(instances=[{"type": "m7g.large", "autoscaling": mixed}]),
            "us-east-1": second,
        },
        frontDoor=DOOR,
        release={"uncommitted": "allow"},
        secrets={"TOKEN": "a secret"},
    )


SCHEDULES = [{"at": "0 7 * * MON-FRI", "min": 4, "zone": "Europe/Berlin"}]
DOOR = {
    "name": "api.example.net",
    "zone": "example.net",
    "makeZone": True,
    "stateless": True,
    "mechanism": "globalAccelerator",
    "objective": 300,
}
SERVICE = {
    "name": "greeter",
    "source": "examples/greeter",
    "arguments": ["-addr", "127.0.0.1:{port}"],
    "permissions": PERMISSIONS,
}
STACKS = (dev, prod, everything, grouped)


def requests(kind: str) -> list[Any]:
    return [request for stack in STACKS for request in stack().of(kind).values()]


def test_each_type_has_a_call_or_a_reason() -> None:
    kinds = {each.type for stack in STACKS for each in stack().registered if each.type.startswith("aws:")}
    assert kinds == CALLS.keys() | WITHOUT.keys()


@pytest.mark.parametrize("kind", CALLS)
def test_every_input_fits_the_call_that_makes_it(kind: str) -> None:
    service, call, translated = CALLS[kind]
    found = [
        line
        for request in requests(kind)
        for line in misfits(
            shaped(translated(plain(inputs(request)), f"{request.name}-1a2b3c4"), accepted(service, call)),
            accepted(service, call),
            request.name,
        )
    ]
    assert found == []


@pytest.mark.parametrize(
    ("kind", "wrong", "words"),
    [
        ("aws:lb/targetGroup:TargetGroup", {"port": 0}, "Port is 0, not 1 to 65535"),
        ("aws:lb/targetGroup:TargetGroup", {"protocol": "HTTP3"}, "Protocol is HTTP3"),
        ("aws:iam/role:Role", {"description": "\u2603" * 1001}, "Description"),
        ("aws:ec2/flowLog:FlowLog", {"trafficType": "SOME"}, "TrafficType is SOME"),
        ("aws:wafv2/webAcl:WebAcl", {"scope": None}, "Scope is None"),
        ("aws:acm/certificate:Certificate", {"domainName": "no name"}, "DomainName is no name"),
        ("aws:ec2/subnet:Subnet", {"zone": "a"}, "zone is unknown"),
        ("aws:autoscaling/group:Group", {"defaultInstanceWarmup": None}, "DefaultInstanceWarmup is None"),
        ("aws:autoscaling/policy:Policy", {"policyType": "x" * 65}, "PolicyType has 65 characters"),
        ("aws:ec2/launchTemplate:LaunchTemplate", {"instanceType": "m7g.huge"}, "InstanceType is m7g.huge"),
        ("aws:globalaccelerator/listener:Listener", {"protocol": "QUIC"}, "Protocol is QUIC"),
        (
            "aws:globalaccelerator/endpointGroup:EndpointGroup",
            {"trafficDialPercentage": 101.0},
            "TrafficDialPercentage is 101",
        ),
    ],
)
def test_what_does_not_fit_is_found(kind: str, wrong: dict[str, Any], words: str) -> None:
    service, call, translated = CALLS[kind]
    (request, *_) = requests(kind)
    told = shaped(translated(plain(inputs(request)) | wrong, "name"), accepted(service, call))
    assert words in " ".join(misfits(told, accepted(service, call), "it"))


def test_tags_are_such_as_aws_takes() -> None:
    """128 and 256 characters (Tag Editor User Guide, "Best practices and strategies")."""
    for stack in STACKS:
        for request in stack().registered:
            tags = plain(inputs(request)).get("tags") or {}
            if isinstance(tags, list):  # of groups
                tags = {each["key"]: each["value"] for each in tags}
            for key, value in tags.items():
                assert 0 < len(key) <= 128 and len(value) <= 256, request.name
