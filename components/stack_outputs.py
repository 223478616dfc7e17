"""The stack's outputs, in the shape that other stacks rely on (model/contract.py). Not for what they contain."""

from collections.abc import Mapping
from typing import Any

import pulumi

from model import contract


def export(
    *,
    service: str,
    version: pulumi.Input[str],
    artifacts: pulumi.Input[Mapping[str, Mapping[str, Any]]],
    regions: Mapping[str, pulumi.Input[Mapping[str, Any]]],
    url: pulumi.Input[str],
) -> None:
    """Exports what a stack tells others. Each value is checked once it is known, and fails the run if it is not what the
    contract says."""
    pulumi.export("contract", contract.NUMBER)
    pulumi.export("service", service)
    pulumi.export("version", version)
    pulumi.export("artifacts", pulumi.Output.from_input(artifacts).apply(_artifacts))
    pulumi.export("url", url)
    pulumi.export("regions", {name: _region(values) for name, values in regions.items()})


def _region(values: pulumi.Input[Mapping[str, Any]]) -> pulumi.Output[dict[str, Any]]:
    return pulumi.Output.from_input(values).apply(lambda told: contract.checked(contract.Region, told))


def _artifacts(told: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: contract.checked(contract.Artifact, each) for name, each in told.items()}
