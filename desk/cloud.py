"""Instances on AWS, as the stack's outputs tell them: where they are, the only key that each may show, and the way to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import settings
from desk import stack
from desk.stack import Machine
from engine import binary, state
from engine.refusal import Refused
from engine.stacks import named
from lab.progress import Progress
from model.architecture import Architecture
from model.aws.access import open_tunnel
from model.aws.cloud_region import CloudRegion
from model.login import Jump
from model.plain_host import PlainHost
from model.refusal import Refusal
from rehearsal.stack import rehearsed

Outputs = Mapping[str, Any]


def configured(project: Path, name: str, rehearsal: bool) -> settings.Settings:
    """The settings of the stack `name` or of its rehearsal, without secrets. Raises Refusal."""
    return stack.configured(project, name, rehearsed(name).directory if rehearsal else None)


def hosts(wanted: settings.Settings, project: Path, name: str, rehearsal: bool = False) -> list[Machine]:
    """All machines that run the service of the stack `name`; of regions on AWS those that its last `up` made. Raises Refusal."""
    plain = stack.hosts(wanted, project)
    if not wanted.cloud_regions:
        return plain
    return [*plain, *told(wanted, project, outputs(name, rehearsal))]


def outputs(name: str, rehearsal: bool) -> Outputs:
    """What the stack tells, or its rehearsal. Raises Refusal, and SystemExit as the engine ends."""
    try:
        wanted = rehearsed(name) if rehearsal else named(name)
        return json.loads(state.outputs(binary.ensure(Progress()), wanted))
    except Refused as refused:
        raise Refusal([str(refused)]) from None


def told(wanted: settings.Settings, project: Path, outputs: Outputs) -> list[Machine]:
    """The instances that the outputs name, in the order of the stack file. Raises Refusal when there are none, or no keys."""
    regions = outputs.get("regions") or {}
    found = [
        _machine(name, host, facts, region, regions[name].get("bastion"), wanted.service.name, project)
        for name, region in wanted.cloud_regions.items()
        for host, facts in (regions.get(name) or {}).get("hosts", {}).items()
    ]
    if not found and not wanted.plain_regions:
        raise Refusal([f"no instance is known in {', '.join(wanted.cloud_regions)}: {_why(wanted)}"])
    return found


def unasked(wanted: settings.Settings) -> list[str]:
    """A line for each region with machines that no output names."""
    return [
        f"{name}: instances that come and go with the load are not asked"
        for name, region in wanted.cloud_regions.items()
        if any(group.autoscaling for group in region.instances)
    ]


def _why(wanted: settings.Settings) -> str:
    return "; ".join(unasked(wanted)) or "the stack's outputs name none; `make up` makes them"


def _machine(
    region: str,
    name: str,
    facts: Mapping[str, Any],
    settings: CloudRegion,
    bastion: Mapping[str, str] | None,
    service: str,
    project: Path,
) -> Machine:
    key, access = facts.get("hostKey"), settings.access
    if not key or (access.bastion and not bastion):
        raise Refusal(
            [
                f"the last `up` did not tell which key {region}/{name} may show; `make up` once more: it changes nothing there."
            ]
        )
    kind = Architecture(facts["architecture"])
    host = PlainHost.model_validate(
        {"name": name, "address": facts["address"], "architecture": kind, "hostKey": key}
    )
    login = settings.login
    if bastion:
        login = login.model_copy(update={"jump": Jump.model_validate(bastion)})
    way = tuple(open_tunnel("aws", facts["instance"], region)) if access.tunnel else ()
    return Machine(
        region=region, host=host, login=login, service=service, key=login.key_path(project), way=way
    )
