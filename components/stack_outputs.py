"""The stack's outputs, in the shape that other stacks rely on (model/contract.py). Not for what they contain."""

from collections.abc import Mapping
from typing import Any

import pulumi

from model import contract


def export(
    service: str,
    built: Mapping[str, Any] | pulumi.Output[Mapping[str, Any]],
    regions: Mapping[str, pulumi.Output[dict[str, Any]]],
    front_door: Mapping[str, Any] | None = None,
) -> None:
    """Exports what a stack tells others: the service's name, `version` and `artifacts` of what was built, and each region.

    Users reach the service through the front door or, without one, at the first region's endpoint. Each value is checked once it
    is known, and fails the run if it is not what the contract says.
    """
    pulumi.export("contract", contract.NUMBER)
    pulumi.export("service", service)
    pulumi.export("version", built["version"])
    artifacts = built["artifacts"]
    pulumi.export(
        "artifacts",
        artifacts.apply(_artifacts) if isinstance(artifacts, pulumi.Output) else _artifacts(artifacts),
    )
    pulumi.export("url", front_door["url"] if front_door else next(iter(regions.values()))["endpoint"])
    if front_door:
        known = pulumi.Output.all(**front_door)
        pulumi.export("frontDoor", known.apply(lambda told: contract.checked(contract.FrontDoor, told)))
    pulumi.export("regions", {name: _region(values) for name, values in regions.items()})


def _region(values: pulumi.Input[Mapping[str, Any]]) -> pulumi.Output[dict[str, Any]]:
    return pulumi.Output.from_input(values).apply(lambda told: contract.checked(contract.Region, told))


def _artifacts(told: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: contract.checked(contract.Artifact, each) for name, each in told.items()}
