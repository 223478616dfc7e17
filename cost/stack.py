"""Of a stack file what costs money. Not for whether the stack could be brought up: secrets and keys are not looked at."""

import json
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from model.aws.cloud_region import CloudRegion
from model.eks.region import EksRegion
from model.refusal import Refusal, sentences
from model.setting import Setting


class Stack(Setting):
    """Everything in a stack that AWS takes money for."""

    regions: dict[str, CloudRegion]
    clusters: dict[str, EksRegion] = Field(default={})
    protected: bool = False


def read(project: Path, stack: str) -> Stack:
    """The stack's regions that have `instances` or `eks`. Raises Refusal with one sentence for each thing that is wrong."""
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

    def having(key: str) -> dict[str, Any]:
        return {name: each for name, each in regions.items() if isinstance(each, dict) and key in each}

    values = {
        "regions": having("instances"),
        "clusters": having("eks"),
        "protected": config.get("slipway:protected", False),
    }
    try:
        return Stack.model_validate_json(json.dumps(values))
    except ValidationError as error:
        lines = sentences(error, Stack, "slipway:")
        raise Refusal(
            [f"{file}: {line.replace('slipway:clusters.', 'slipway:regions.')}" for line in lines]
        ) from None
