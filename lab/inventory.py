"""A lab's hosts as stack files name them: a file for each region, written when every host answered."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lab import ssh
from lab.machine import Machine
from lab.place import PROJECT, Place, write_private

Inventory = dict[str, Any]
"""One region of the program's configuration: login, hosts and, where there is one, edge."""


def of(login_key: Path, machines: Iterable[Machine]) -> Inventory:
    """Of one region's machines."""
    machines = list(machines)
    result: Inventory = {
        "login": {"user": ssh.USER, "privateKeyFile": str(login_key.relative_to(PROJECT))},
        "hosts": [_entry(machine) for machine in machines if not machine.record.edge],
    }
    edge = next((machine for machine in machines if machine.record.edge), None)
    return {**result, "edge": _entry(edge)} if edge else result


def _entry(machine: Machine) -> dict[str, str]:
    return {
        "name": machine.name,
        "address": machine.address,
        "architecture": machine.architecture.value,
        "hostKey": machine.host_key,
    }


def read(place: Place, regions: Iterable[str]) -> dict[str, Inventory] | None:
    """By region; None where one is missing or cannot be read."""
    try:
        return {region: json.loads(place.inventory_of(region).read_text()) for region in regions}
    except (FileNotFoundError, ValueError):
        return None


def write(place: Place, region: str, inventory: Inventory) -> None:
    """Whole or not at all."""
    write_private(place.inventory_of(region), json.dumps(inventory, indent=2) + "\n")
