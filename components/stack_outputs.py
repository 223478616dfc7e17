"""The stack's outputs, in the shape that other stacks rely on (model/contract.py). Not for what they contain."""

from collections.abc import Mapping
from typing import Any

import pulumi

from model import contract


def export(
    *,
    service: str,
    version: str,
    artifacts: Mapping[str, Mapping[str, Any]],
    regions: Mapping[str, pulumi.Input[Mapping[str, Any]]],
    url: pulumi.Input[str],
) -> None:
    """Exports what a stack tells others. `regions` and `url` may hold outputs; each is checked once it is known.

    Raises ValueError, or fails the run later, when something is not what the contract says.
    """
    pulumi.export("contract", contract.NUMBER)
    pulumi.export("service", service)
    pulumi.export("version", version)
    pulumi.export(
        "artifacts", {name: contract.checked(contract.Artifact, each) for name, each in artifacts.items()}
    )
    pulumi.export("url", url)
    pulumi.export("regions", {name: _region(values) for name, values in regions.items()})


def _region(values: pulumi.Input[Mapping[str, Any]]) -> pulumi.Output[dict[str, Any]]:
    return pulumi.Output.from_input(values).apply(lambda told: contract.checked(contract.Region, told))
