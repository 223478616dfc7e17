"""Of a stack file what costs money. Not for whether the stack could be brought up: secrets and keys are not looked at."""

import json
from pathlib import Path
from typing import Any

import yaml
from pydantic import ConfigDict, ValidationError

from model.access import Access
from model.instances import InstanceGroups
from model.load_balancer import LoadBalancer
from model.network import Network
from model.refusal import Refusal, sentences
from model.setting import Setting


class Region(Setting):
    """One region's instances and what stands around them; its other settings cost nothing."""

    model_config = ConfigDict(extra="ignore")

    instances: InstanceGroups
    network: Network
    access: Access | None = None
    load_balancer: LoadBalancer | None = None


class Stack(Setting):
    """Everything in a stack that AWS takes money for."""

    regions: dict[str, Region]
    protected: bool = False


def read(project: Path, stack: str) -> Stack:
    """The stack's regions that have `instances`. Raises Refusal with one sentence for each thing that is wrong."""
    path = project / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        stacks = sorted(each.name.split(".")[1] for each in project.glob("Pulumi.*.yaml"))
        raise Refusal([f"There is no stack {stack}; there are {', '.join(stacks)}."])
    return parse((yaml.safe_load(path.read_text()) or {}).get("config") or {}, path.name)


def parse(config: dict[str, Any], file: str) -> Stack:
    """The same from the values under `config:`."""
    regions = config.get("slipway:regions")
    if not isinstance(regions, dict):
        raise Refusal([f"{file} has no map slipway:regions, so there is nothing to estimate."])
    priced = {name: each for name, each in regions.items() if isinstance(each, dict) and "instances" in each}
    values = {"regions": priced, "protected": config.get("slipway:protected", False)}
    try:
        return Stack.model_validate_json(json.dumps(values))
    except ValidationError as error:
        raise Refusal([f"{file}: {line}" for line in sentences(error, Stack, "slipway:")]) from None
