"""Machines of a stack that no request of its users passes: what watches the others, and what answers for its name."""

from __future__ import annotations

from pathlib import Path

import settings
from desk.stack import Machine
from model.login import Login
from model.plain_host import PlainHost


def beside(wanted: settings.Settings, project: Path) -> list[Machine]:
    """Monitors by their region, then DNS hosts by their place, each in the order of the stack file."""
    door, service = wanted.front_door, wanted.service.name

    def machine(place: str, host: PlainHost, login: Login, runs: str) -> Machine:
        return Machine(region=place, host=host, login=login, service=runs, key=login.key_path(project))

    monitors = [
        machine(name, region.monitor, region.login, f"{service}-monitor")
        for name, region in wanted.plain_regions.items()
        if region.monitor
    ]
    servers = [
        machine(place, server, servers.login, f"{service}-dns")
        for place, servers in (door.hosts if door else {}).items()
        for server in servers.hosts
    ]
    return [*monitors, *servers]
