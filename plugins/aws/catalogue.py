"""What AWS offers where: instance types and zones, out of the data files of moto, none of whose code is run."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from plugins.provider import ProviderError


def source() -> str:
    """Where the answers come from, for people."""
    return f"moto {version('moto')}"


def instance_type(name: str) -> dict[str, Any]:
    """What `DescribeInstanceTypes` says of a type. Raises ProviderError for one that is not in the data."""
    types = _read("instance_types.json.gz")
    if name not in types:
        raise ProviderError(f"the instance type {name} does not exist, or {source()} does not know it")
    return types[name]


def zones(region: str) -> tuple[str, ...]:
    """The region's ordinary zones (no local or wavelength ones), by name. Raises ProviderError for an unknown region."""
    names = {offer["Location"] for offer in _offers(region)}
    return tuple(sorted(name for name in names if re.fullmatch(rf"{re.escape(region)}[a-z]", name)))


def zones_with(type: str, region: str) -> tuple[str, ...]:
    """Those of the region's zones in which the instance type can be had."""
    offered = {offer["Location"] for offer in _offers(region) if offer["InstanceType"] == type}
    return tuple(zone for zone in zones(region) if zone in offered)


def _offers(region: str) -> list[dict[str, str]]:
    try:
        return _read(f"instance_type_offerings/availability-zone/{region}.json.gz")
    except FileNotFoundError:
        raise ProviderError(f"there is no region {region}, or {source()} does not know it") from None


@cache
def _read(name: str) -> Any:
    with gzip.open(_resources() / name, "rt", encoding="utf-8") as file:
        return json.load(file)


def _resources() -> Path:
    found = find_spec("moto")
    if found is None or not found.submodule_search_locations:
        raise ProviderError(
            "pretending a cloud needs the data files of moto, which is not installed; "
            "install what requirements.txt names"
        )
    return Path(found.submodule_search_locations[0]) / "ec2" / "resources"
