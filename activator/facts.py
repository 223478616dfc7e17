"""What a monitor is told of a service on this host, as node exporter's textfile collector reads it.

https://prometheus.io/docs/instrumenting/exposition_formats/; a timer of the release writes it anew.
"""

from __future__ import annotations

import contextlib
import re
from datetime import datetime
from typing import Any

from activator.failure import DONE
from activator.host import Host
from activator.ledger import Ledger, Live
from activator.system import REBOOT
from activator.systemd import look

DIRECTORY = "/var/lib/prometheus/node-exporter"
Sample = tuple[str, dict[str, Any], float]
HELP = {
    "release_info": "The release that is live, and its slot.",
    "release_applied_timestamp_seconds": "When it went live.",
    "release_unconfirmed": "Whether it waits to be confirmed.",
    "release_goes_back_seconds": "Until it goes back by itself, unless it is confirmed.",
    "release_reverted_timestamp_seconds": "When a release was taken back last.",
    "unit_restarts": "How often systemd has started the live slot again.",
    "unit_open_files": "What the live slot has open.",
    "unit_open_files_limit": "What it may have open.",
    "reboot_required": "Whether an update wants the machine to be rebooted.",
    "facts_timestamp_seconds": "When this was written.",
}


def path(service: str) -> str:
    return f"{DIRECTORY}/slipway-{service}.prom"


def write(host: Host, service: str) -> int:
    """Changes nothing else and waits for nobody. Nothing is written of a service that is not installed."""
    ledger = Ledger(host, service)
    if ledger.live:
        host.write(path(service), text(samples(host, ledger, ledger.live)).encode())
    else:
        host.remove(path(service))
    return DONE


def samples(host: Host, ledger: Ledger, live: Live) -> list[Sample]:
    """Name, labels and value of each."""
    release, of = live.release, {"service": ledger.service}
    about = {"release": release.id, "version": release.manifest["version"], "slot": live.slot or ""}
    found: list[Sample] = [
        ("release_info", {**of, **about}, 1),
        ("release_unconfirmed", of, float(ledger.pending is not None)),
        ("reboot_required", of, float(host.entry(REBOOT) is not None)),
        ("facts_timestamp_seconds", of, _seconds(host.now())),
    ]
    if when := ledger.records.get(release.id, {}).get("when"):
        found.append(("release_applied_timestamp_seconds", of, _seconds(when)))
    if reverted := _reverted(ledger):
        found.append(("release_reverted_timestamp_seconds", of, _seconds(reverted)))
    if ledger.pending is not None and (left := _left(host, ledger)) is not None:
        found.append(("release_goes_back_seconds", of, left))
    if live.slot:
        unit = look(host, release.unit(live.slot))
        named = {**of, "unit": release.unit(live.slot)}
        found.append(("unit_restarts", named, unit.restarts))
        limit = re.search(rb"^Max open files +(\d+)", host.read(f"/proc/{unit.pid}/limits") or b"", re.M)
        if unit.pid and limit:
            found.append(("unit_open_files", named, len(host.names(f"/proc/{unit.pid}/fd"))))
            found.append(("unit_open_files_limit", named, int(limit.group(1))))
    return found


def text(found: list[Sample]) -> str:
    lines = []
    for name, labels, value in sorted(found, key=lambda sample: list(HELP).index(sample[0])):
        inside = ",".join(f'{key}="{_escaped(str(each))}"' for key, each in labels.items())
        lines.append(f"# HELP slipway_{name} {HELP[name]}\n# TYPE slipway_{name} gauge\n")
        lines.append(
            f"slipway_{name}{{{inside}}} {value:g}\n"
            if value < 1e6
            else f"slipway_{name}{{{inside}}} {value:.0f}\n"
        )
    return "".join(lines)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _reverted(ledger: Ledger) -> str | None:
    """When a release was taken back last, be it before it was live or because nobody confirmed it."""
    last, begun = None, {}
    for event in ledger.events():
        if event["event"] == "begin":
            begun = event
        elif event["event"] == "end" and (event["result"] == "reverted" or begun.get("undoes")):
            last = event["time"]
    return last


def _left(host: Host, ledger: Ledger) -> float | None:
    """Of the dead-man's switch, which may have been armed anew since the release went live."""
    timer = f"slipway-{ledger.service}-revert.timer"
    shown = host.run("systemctl", "show", timer, "--property=ActiveState,ActiveEnterTimestampMonotonic").text
    said = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    if said.get("ActiveState") != "active":
        return None
    with contextlib.suppress(KeyError, ValueError):
        armed = int(said["ActiveEnterTimestampMonotonic"]) / 1e6
        return round(armed + (ledger.pending or 0) - host.clock(), 1)
    return None


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
