"""What a machine gets so that a monitor can watch it, beside the door at which that asks."""

from typing import Any

from model.base import Base
from model.host_files import HostFile, render
from model.machines.monitor_files import PACKAGES, exporter_file, exporter_unit

EXPORTER = "prometheus-node-exporter"


def facts(name: str, seconds: int) -> tuple[HostFile, ...]:
    """Has the activator say every so many seconds what is live of `name`."""
    unit = f"/etc/systemd/system/slipway-{name}-facts"
    return (
        HostFile(target=f"{unit}.service", content=render("facts.unit.j2", name=name), check="systemd"),
        HostFile(
            target=f"{unit}.timer",
            content=render("facts.timer.j2", name=name, seconds=seconds),
            check="systemd",
        ),
    )


def base(name: str, every: int) -> Base:
    """For the release called `name` of a machine at which its monitor looks `every` so many seconds."""
    said = facts(name, 2 * every)
    timer: dict[str, Any] = {
        "unit": f"slipway-{name}-facts.timer",
        "action": "restart",
        "files": [each.target for each in said],
        "stops": True,
    }
    return Base(
        files=(exporter_file(name), *said),
        packages={EXPORTER: PACKAGES[EXPORTER]},
        units=(exporter_unit(name), timer),
    )
