"""What users and operators feel of a step: the worst first. Not for how a resource differs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum

from summary.events import Step


class Felt(Enum):
    """In the order in which a reviewer wants to know it, each with what it means."""

    DATA = ("data at risk", "what it holds goes with it")
    MOVED = ("DNS moved", "names lead elsewhere; callers that keep an old answer meet what was there")
    REPLACED = ("instance replaced", "another machine; what lies on its disk stays behind")
    STOPPED = ("instance stopped and started", "out of the load balancer for minutes")
    REMOVED = ("taken away", "no longer there, nor is what lies on its disk")
    REACH = ("who may reach or do what", "firewalls, roles and policies")
    RESTART = ("restart behind the proxy", "a new process in the idle slot; no request is lost")
    RELOAD = ("reload", "the same processes with other settings; no request is lost")
    CHANGED = ("changed in place", "by its provider")
    NEW = ("new", "nothing that is there feels it")

    @property
    def label(self) -> str:
        return self.value[0]

    @property
    def meaning(self) -> str:
        return self.value[1]


HOLDS_DATA = re.compile(
    r"aws:(s3/bucket|s3/bucketV2|ebs/volume|rds/|dynamodb/table|efs/fileSystem|kms/key|secretsmanager/secret"
    r"|cloudwatch/logGroup|elasticache/|sqs/queue)[^/]*:"
    r"|kubernetes:.*:(PersistentVolumeClaim|PersistentVolume|Namespace|StatefulSet)$"
)
NAMES = re.compile(r"aws:(route53/(record|zone)|globalaccelerator/)|aws:lb/loadBalancer:")
"""A load balancer that is replaced has another name."""
REACH = re.compile(
    r"aws:(vpc/securityGroup|ec2/securityGroup|iam/|s3/bucketP|wafv2/|ec2/networkAcl)|:NetworkPolicy$"
)
WORKLOADS = re.compile(r"kubernetes:.*:(Deployment|DaemonSet|StatefulSet)$")
INSTANCE = "aws:ec2/instance:Instance"
STOPPING = {"instanceType"}
"""Inputs that AWS changes on a machine that is stopped alone."""
RELEASE = re.compile(r"-([0-9a-f]{12})-[0-9a-f]{8}-[0-9a-f]{12}\.tar\.gz|apply --service \S+ --release (\S+)")


def felt(step: Step) -> Felt | None:
    """None for what nobody feels."""
    if step.op == "same" or step.type.startswith(("slipway:", "pulumi:")):
        return None
    if step.type.startswith("command:"):
        return _on_host(step)
    if step.op in ("delete", "replace") and HOLDS_DATA.search(step.type):
        return Felt.DATA
    if NAMES.search(step.type) and (step.op != "update" or not step.type.startswith("aws:lb/")):
        return Felt.NEW if step.op == "create" else Felt.MOVED
    if step.type == INSTANCE and step.op in ("replace", "update"):
        replaced = step.op == "replace"
        return Felt.REPLACED if replaced else Felt.STOPPED if STOPPING & step.changed else Felt.CHANGED
    if REACH.search(step.type):
        return Felt.REACH
    if WORKLOADS.search(step.type) and step.op != "create":
        return Felt.REMOVED if step.op == "delete" else Felt.RESTART
    return {"create": Felt.NEW, "delete": Felt.REMOVED}.get(step.op, Felt.CHANGED)


def release_of(command: str) -> str | None:
    """The release that a command turns on; of one that the host keeps, perhaps several."""
    found = RELEASE.search(command)
    return (found[1] or found[2]) if found else None


def turns_on(step: Step) -> bool:
    """Whether it is the command that brings a host its release: it has the installation's own name."""
    return step.type == "command:remote:Command" and " apply " in str((step.new or step.old).get("create"))


def _on_host(step: Step) -> Felt | None:
    if not turns_on(step):
        return None
    if step.op == "create":
        return Felt.NEW
    if step.op == "delete":
        return Felt.REMOVED
    old, new = str(step.old.get("create")), str(step.new.get("create"))
    if release_of(old) == release_of(new) and "stdin" not in step.changed and _owner(old) == _owner(new):
        return None  # asked again, it answers that it has it
    return Felt.RELOAD if "slipway:index:Edge" in step.path else Felt.RESTART


def _owner(command: str) -> str:
    return command.partition("--owner ")[2].partition(" ")[0]


def by_felt(steps: Iterable[Step]) -> dict[Felt, list[Step]]:
    """The steps that somebody feels, worst first."""
    steps = tuple(steps)
    parents = {step.urn: step.parent for step in steps}
    made = {step.urn for step in steps if step.op == "create" and step.type.startswith("slipway:")}
    found: dict[Felt, list[Step]] = {each: [] for each in Felt}
    for step in steps:
        if kind := felt(step):
            # Rights of what was not there before are no news by themselves.
            whole = kind is Felt.REACH and step.op == "create" and _within(step.urn, made, parents)
            found[Felt.NEW if whole else kind].append(step)
    return {kind: those for kind, those in found.items() if those}


def _within(urn: str, made: set[str], parents: Mapping[str, str]) -> bool:
    while urn := parents.get(urn, ""):
        if urn in made:
            return True
    return False
