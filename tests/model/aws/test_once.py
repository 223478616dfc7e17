"""What is made for the members of a list bears their names: a member that stands there twice is refused by its setting."""

import json
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from model import permissions
from model.aws.access import Access
from model.aws.cloud_region import CloudRegion
from model.aws.load_balancer import LoadBalancer
from model.eks.region import EksRegion
from model.permissions import Permissions
from model.setting import ONCE, Setting

OTHERWISE = {
    "instances": "by its type",
    "instances.autoscaling.types": "with the group's own type",
    "instances.autoscaling.schedules": "numbered; two may begin at the same time in different zones",
    "network.publicSubnets": "with privateSubnets",
    "network.privateSubnets": "with publicSubnets",
    "egress": "port by port",
    "egress.ports": "with `egress`",
    "login.publicKeys": "written into one file each time; nothing is made for one",
    "loadBalancer.names": "with `domain`",
    "workload.egress": "of a cluster's objects, which are lists",
    "workload.accept": "of a cluster's objects, which are lists",
    "workload.tolerations": "of a cluster's objects, which are lists",
    "statements": "one policy",
    "statements.actions": "one policy",
    "statements.resources": "one policy",
    "statements.conditions": "one policy",
}
"""Lists that are looked at elsewhere, or of which nothing is made, and why."""


def settings(kind: Any) -> Iterator[type[Setting]]:
    if isinstance(kind, type) and issubclass(kind, Setting):
        yield kind
    for each in typing.get_args(kind):
        yield from settings(each)


def lists(of: type[Setting], before: str = "") -> Iterator[tuple[str, bool]]:
    """Path, and whether members that stand there twice are refused."""
    for name, field in of.model_fields.items():
        path = f"{before}{field.alias or name}"
        if "tuple[" in str(field.annotation):
            told = f"{field.metadata} {field.annotation}"
            yield path, "function _once " in told or "function _told_apart " in told
        for each in settings(field.annotation):
            yield from lists(each, f"{path}.")


def test_every_list_refuses_a_member_twice_or_says_where_that_is_done() -> None:
    found = {path: kept for of in (CloudRegion, EksRegion, Permissions) for path, kept in lists(of)}
    assert {path for path, kept in found.items() if not kept} == OTHERWISE.keys()
    assert ONCE.func.__name__ == "_once" and permissions._told_apart  # what the words above stand for


@pytest.mark.parametrize(
    ("of", "given", "twice"),
    [
        (Access, {"bastion": {"operatorCidrs": ["203.0.113.7", "203.0.113.7/32"]}}, "203.0.113.7/32"),
        (Access, {"direct": {"operatorCidrs": ["2001:DB8::/32", "2001:db8:0::/32"]}}, "2001:db8::/32"),
        (LoadBalancer, {"accept": ["198.51.100.0/24", "198.51.100.0/24"]}, "198.51.100.0/24"),
        (
            Permissions,
            {"policies": ["arn:aws:iam::aws:policy/Read", "arn:aws:iam::123456789012:policy/team/Read"]},
            "Read",
        ),
    ],
)
def test_twice_is_twice_however_it_is_written(of: type[Setting], given: dict[str, Any], twice: str) -> None:
    with pytest.raises(ValidationError, match=f"names {twice} twice"):
        of.model_validate_json(json.dumps(given))
