"""What users and operators feel of a step: the worst first. Not for how a resource differs."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from summary.events import Step
from summary.kinds import Kind, kind


class Felt(Enum):
    """In the order in which a reviewer wants to know it, each with what it means."""

    DATA = ("data at risk", "what it holds goes with it")
    MOVED = ("DNS moved", "names lead elsewhere; callers that keep an old answer meet what was there")
    REPLACED = ("instance replaced", "another machine; what lies on its disk stays behind")
    STOPPED = ("instance stopped and started", "out of the load balancer for minutes")
    REMOVED = ("taken away", "no longer there, nor is what lies on its disk")
    RENEWED = ("made anew", "its provider makes another one, and takes away the one that is there")
    REACH = ("who may reach or do what", "firewalls, roles and policies")
    RESTART = ("restart behind the proxy", "a new process in the idle slot; no request is lost")
    EXCHANGED = (
        "machines of a group exchanged",
        "new ones serve before old ones go, and what lies on their disks goes with them; no request is lost",
    )
    RELOAD = ("reload", "the same processes with other settings; no request is lost")
    CHANGED = ("changed in place", "by its provider")
    NEW = ("new", "nothing that is there feels it")

    @property
    def label(self) -> str:
        return self.value[0]

    @property
    def meaning(self) -> str:
        return self.value[1]


WORKLOADS = re.compile(r"kubernetes:.*:(Deployment|DaemonSet|StatefulSet)$")
STOPPING = {"instanceType"}
"""Inputs that AWS changes on a machine that is stopped alone."""
OTHERS = {"create": Felt.NEW, "delete": Felt.REMOVED, "replace": Felt.RENEWED}
GROUP = "slipway:index:Autoscaling"
"""Its one command brings the group to its release (components/aws/group_rollout.py)."""
EXCHANGING = ("template", "version", "types", "on_demand", "spot")
"""What of that command makes machines of another kind; the rest of it says how they come."""
RELEASE = re.compile(r"-([0-9a-f]{12})-[0-9a-f]{8}-[0-9a-f]{12}\.tar\.gz|apply --service \S+ --release (\S+)")


def felt(step: Step) -> Felt | None:
    """None for what nobody feels."""
    if step.op == "same" or step.type.startswith(("slipway:", "pulumi:")):
        return None
    if step.type.startswith("command:"):
        return _on_host(step)
    if step.retained and step.op in ("delete", "replace"):
        return Felt.NEW if step.op == "replace" else None
    lost = step.op in ("delete", "replace")
    match kind(step.type):
        case Kind.DATA if lost:
            return Felt.DATA
        case Kind.NAME if step.op != "create":
            return Felt.MOVED
        case Kind.BALANCER if lost:
            return Felt.MOVED
        case Kind.MACHINE if step.op == "update" and STOPPING & step.changed:
            return Felt.STOPPED
        case Kind.MACHINE | Kind.GROUP if step.op == "replace":
            return Felt.REPLACED
        case Kind.REACH:
            return Felt.REACH
        case _ if WORKLOADS.search(step.type) and step.op == "update":
            return Felt.RESTART
        case _:
            return OTHERS.get(step.op, Felt.CHANGED)


def release_of(command: str) -> str | None:
    """The release that a command turns on; of one that the host keeps, perhaps several."""
    found = RELEASE.search(command)
    return (found[1] or found[2]) if found else None


def turns_on(step: Step) -> bool:
    """Whether it is the command that brings a host its release: it has the installation's own name."""
    return step.type == "command:remote:Command" and " apply " in str((step.new or step.old).get("create"))


def _on_host(step: Step) -> Felt | None:
    if GROUP in step.path and step.op in ("update", "replace"):
        old, new = _group(step.old.get("create")), _group(step.new.get("create"))
        return Felt.EXCHANGED if not old or not new or old != new else None
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


def _group(command: object) -> tuple[Any, ...]:
    """What a group is brought to; empty where only `up` will know."""
    words = str(command).split(" -m groups ")
    try:
        told = json.loads("".join(shlex.split(words[1])))
        return tuple(told.get(key) for key in EXCHANGING)
    except (IndexError, ValueError, AttributeError):
        return ()


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
