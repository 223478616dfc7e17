"""What a step means for users and operators."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from components.aws.group_rollout import ASK
from model.aws.rights.deploy import ROOMS
from summary import events
from summary.felt import Felt, by_felt
from summary.kinds import KINDS
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
        ("replace", "aws:kms/key:Key", [], Felt.DATA),
        ("delete", "aws:s3/bucketPolicy:BucketPolicy", [], Felt.REACH),
        ("delete", "aws:s3/bucketVersioning:BucketVersioning", [], Felt.REMOVED),
        ("delete", "aws:s3/bucketObjectv2:BucketObjectv2", [], Felt.REMOVED),
        ("replace", "aws:secretsmanager/secretVersion:SecretVersion", [], Felt.RENEWED),
        ("replace", "aws:lb/targetGroup:TargetGroup", [], Felt.RENEWED),
        ("replace", "aws:autoscaling/group:Group", [], Felt.REPLACED),
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


def test_every_type_that_the_program_makes_on_aws_is_in_the_table_and_no_other() -> None:
    assert KINDS.keys() == {type for room in ROOMS.values() for type in room[0]}


def serving(version: int, **more: Any) -> dict[str, Any]:
    """The command that brings a group to its release, as components/aws/group_rollout.py words it."""
    wanted = {"group": "it's", "template": "lt-1", "version": str(version), **more}
    return {"create": f"{ASK} {shlex.quote(json.dumps(wanted))}"}


def test_a_release_of_a_group_exchanges_its_machines_and_puts_no_data_at_risk(tmp_path: Path) -> None:
    command = "slipway:index:CloudRegion$slipway:index:Autoscaling$command:local:Command"
    steps = [
        step("create", "new", "aws:s3/bucketObjectv2:BucketObjectv2"),
        step("delete", "old", "aws:s3/bucketObjectv2:BucketObjectv2", retained=True),
        step("replace", "secret", "aws:secretsmanager/secretVersion:SecretVersion", retained=True),
        step("update", "web-serving", command, serving(3), serving(4)),
        step("update", "api-serving", command, serving(3), {"create": events.UNKNOWN}),
        step("update", "more-time-serving", command, serving(3, patience=1), serving(3, patience=2)),
    ]
    assert feels(tmp_path, *steps) == {
        Felt.EXCHANGED: ["web-serving", "api-serving"],
        Felt.NEW: ["new", "secret"],
    }


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
