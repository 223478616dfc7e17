"""What a step means for users and operators."""

from pathlib import Path
from typing import Any

import pytest

from summary import events
from summary.felt import Felt, by_felt
from tests.summary.logs import EDGE, INSTALLATION, applies, step, urn, write

OLD, NEW = "0" * 12, "1" * 12
INSTANCE = "aws:ec2/instance:Instance"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def feels(path: Path, *steps: dict[str, Any]) -> dict[Felt, list[str]]:
    told = by_felt(events.read(write(path / "events", *steps)).steps)
    return {kind: [each.name for each in those] for kind, those in told.items()}


@pytest.mark.parametrize(
    ("op", "path", "changed", "felt"),
    [
        ("delete", "aws:s3/bucket:Bucket", [], Felt.DATA),
        ("replace", "aws:rds/instance:Instance", [], Felt.DATA),
        ("delete", "aws:cloudwatch/logGroup:LogGroup", [], Felt.DATA),
        ("delete", "kubernetes:core/v1:PersistentVolumeClaim", [], Felt.DATA),
        ("update", "aws:route53/record:Record", ["records"], Felt.MOVED),
        ("replace", "aws:lb/loadBalancer:LoadBalancer", [], Felt.MOVED),
        ("update", "aws:lb/loadBalancer:LoadBalancer", ["idleTimeout"], Felt.CHANGED),
        ("replace", INSTANCE, [], Felt.REPLACED),
        ("update", INSTANCE, ["instanceType"], Felt.STOPPED),
        ("update", INSTANCE, ["tags"], Felt.CHANGED),
        ("delete", INSTANCE, [], Felt.REMOVED),
        ("update", RULE, ["cidrIpv4"], Felt.REACH),
        ("create", RULE, [], Felt.REACH),
        ("update", "aws:iam/rolePolicy:RolePolicy", ["policy"], Felt.REACH),
        ("update", "kubernetes:apps/v1:Deployment", ["spec"], Felt.RESTART),
        ("create", "aws:s3/bucket:Bucket", [], Felt.NEW),
    ],
)
def test_each_kind_of_step_is_felt_as_what_it_does(
    op: str, path: str, changed: list[str], felt: Felt, tmp_path: Path
) -> None:
    assert feels(tmp_path, step(op, "it", path, {"a": 1}, {"a": 2}, changed=changed)) == {felt: ["it"]}


def test_a_replacement_in_three_steps_is_one(tmp_path: Path) -> None:
    steps = [step(op, "it", INSTANCE) for op in ("create-replacement", "replace", "delete-replaced")]
    assert feels(tmp_path, *steps) == {Felt.REPLACED: ["it"]}


def test_a_release_restarts_hosts_and_reloads_an_edge(tmp_path: Path) -> None:
    old, new = {"create": applies(OLD)}, {"create": applies(NEW)}
    host = step("update", "eu-web1", INSTALLATION, old, new, changed=["create"])
    edge = step("update", "eu-edge1", EDGE, old, new, changed=["create"])
    assert feels(tmp_path, host, edge) == {Felt.RESTART: ["eu-web1"], Felt.RELOAD: ["eu-edge1"]}


def test_nobody_feels_a_release_that_the_host_has(tmp_path: Path) -> None:
    old, new = {"create": applies(OLD, sha="11111111")}, {"create": applies(OLD, sha="22222222")}
    again = step("update", "eu-web1", INSTALLATION, old, new, changed=["create"])
    confirm = step("update", "eu-web1-confirm", INSTALLATION, {"create": "confirm"}, {"create": "confirm "})
    copy = step(
        "update", "eu-web1-bundle", INSTALLATION.replace("Command", "CopyToRemote"), changed=["source"]
    )
    assert feels(tmp_path, again, confirm, copy) == {}


def test_another_secret_and_another_machine_are_restarts_of_the_same_release(tmp_path: Path) -> None:
    same = {"create": applies(OLD)}
    secret = step("update", "eu-web1", INSTALLATION, same, same, changed=["stdin"])
    moved = {"create": applies(OLD, machine="bbbbbbbbbbbb")}
    machine = step("update", "eu-web2", INSTALLATION, same, moved, changed=["create"])
    assert feels(tmp_path, secret, machine) == {Felt.RESTART: ["eu-web1", "eu-web2"]}


def test_rights_of_what_is_wholly_new_are_new_and_those_of_what_is_there_are_told(tmp_path: Path) -> None:
    region = urn("us", "slipway:index:CloudRegion")
    wall = urn("us", "slipway:index:CloudRegion$slipway:index:Firewall")
    steps = [
        step("create", "us", "slipway:index:CloudRegion"),
        step("create", "us", "slipway:index:CloudRegion$slipway:index:Firewall", parent=region),
        step("create", "us-22", f"slipway:index:CloudRegion$slipway:index:Firewall${RULE}", parent=wall),
        step("create", "eu-22", f"slipway:index:CloudRegion$slipway:index:Firewall${RULE}", parent="eu"),
    ]
    assert feels(tmp_path, *steps) == {Felt.NEW: ["us-22"], Felt.REACH: ["eu-22"]}
