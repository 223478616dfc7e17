"""Machines that a stack file does not list itself but names a JSON file for."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.refusal import Refusal
from model.traffic import Traffic


def read(place: str, regions: Any, project: Path) -> Any:
    """`regions` by name, each that says `inventory: FILE` as it stands in that file; what is no map is left for others to refuse.

    Raises Refusal.
    """
    if not isinstance(regions, Mapping):
        return regions
    return {name: _read(f"{place}.{name}", region, project) for name, region in regions.items()}


def _read(place: str, region: Any, project: Path) -> Any:
    """The region itself or, where it says `inventory: FILE`, the one in that file. Beside it only what is no machine's."""
    if not isinstance(region, dict) or "inventory" not in region:
        return region
    key, file = f"slipway:{place}.inventory", region["inventory"]
    beside = {name: value for name, value in region.items() if name in Traffic.model_fields}
    if others := ", ".join(sorted(set(region) - {"inventory"} - set(beside))):
        raise Refusal(
            [f"{key} stands beside {others}; allowed is either an inventory file or the hosts themselves."]
        )
    path = project / str(file)
    try:
        found = json.loads(path.read_text())
        return found | beside if isinstance(found, dict) else found
    except FileNotFoundError:
        raise Refusal(
            [f"{key} is {file}, which does not exist; `make lab` writes the one of the local hosts."]
        ) from None
    except (OSError, ValueError) as error:
        raise Refusal(
            [
                f"{key} is {file}, which cannot be read as JSON ({error}); write a map with login, hosts and edge."
            ]
        ) from None
