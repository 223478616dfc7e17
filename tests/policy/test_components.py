"""The table over what the cloud components declare, by themselves and with all protection on."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from policy.rules import stack_violations, violations
from tests.components.aws.balancers import PROD as DOMAIN
from tests.components.aws.balancers import balanced
from tests.components.aws.fleets import ANSWERS, BASTION, RESOURCES, fleet, group
from tests.components.aws.test_autoscaling import scaled
from tests.components.recording import Recording, record
from tests.policy.test_stacks import declared

DIRECT = {"direct": {"operatorCidrs": ["203.0.113.0/24"]}}
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def broken(recording: Recording, *, protected: bool) -> list[str]:
    alone = [
        f"{request.name}: {violation}"
        for request in recording.registered
        for violation in violations(
            request.type, recording.inputs(request.type, request.name), protected=protected
        )
    ]
    everything = [declared(recording, request) for request in recording.registered]
    return alone + [f"{urn}: {found}" for urn, found in stack_violations(everything, protected=protected)]


def region(*, protected: bool, access: dict[str, Any]) -> Recording:
    def program() -> None:
        made = fleet(group("m7g.large", 2), group("t4g.small"), protected=protected, access=access)
        before: list[pulumi.Resource] = []
        for name in made.names:
            made.host(name, before)

    return record(program, looked_up=ANSWERS, made=RESOURCES)


@pytest.mark.parametrize("access", [BASTION, DIRECT], ids=["bastion", "direct"])
@pytest.mark.parametrize("protected", [True, False])
def test_a_network_with_hosts_keeps_every_rule(protected: bool, access: dict[str, Any]) -> None:
    recording = region(protected=protected, access=access)
    assert len(recording.names("aws:ec2/instance:Instance")) >= 3
    assert broken(recording, protected=protected) == []


@pytest.mark.parametrize(
    ("protected", "settings"),
    [(True, DOMAIN), (False, DOMAIN), (False, {})],
    ids=["protected", "not protected", "without a domain"],
)
def test_a_load_balancer_keeps_every_rule(protected: bool, settings: dict[str, Any]) -> None:
    recording = balanced(settings, protected=protected)
    assert recording.names("aws:lb/loadBalancer:LoadBalancer") == ["eu"]
    assert broken(recording, protected=protected) == []


def test_a_group_that_scales_keeps_every_rule(tmp_path: Path) -> None:
    assert broken(scaled(tmp_path, secrets={"TOKEN": "guarded"}), protected=True) == []


def test_plain_http_is_found_where_a_protected_stack_is_asked_for() -> None:
    assert any(
        "plain-http-is-redirected" in each for each in broken(balanced(protected=False), protected=True)
    )


def test_what_is_not_protected_is_found_where_a_protected_stack_is_asked_for() -> None:
    found = broken(region(protected=False, access=BASTION), protected=True)
    assert any("eu-m7g-large-1: instances-cannot-be-terminated-by-mistake" in each for each in found)
