"""Exact copies of what a transaction may touch, in one file, so that putting back is one procedure for every case."""

from __future__ import annotations

import json
from typing import Any

from activator.disk import beside
from activator.files import File
from activator.host import Host
from activator.manifest import canonical
from activator.systemd import look_at

Copy = dict[str, Any]  # mode, owner, group, and the link's target or the file's bytes (latin-1)


def take(host: Host, path: str, paths: list[str], units: list[str], **facts: Any) -> None:
    """Writes the copies of `paths` and the states of `units` to `path`, readable by root alone."""
    found = {name: copy(host, name) for name in dict.fromkeys(paths)}
    seen = look_at(host, units)
    states = {unit: [seen[unit].active, host.enabled(unit)] for unit in units}
    host.write(path, canonical({"paths": found, "units": states, **facts}), 0o600)


def originals(directory: str) -> str:
    """Where the copies are of what was there before the first release."""
    return f"{directory}/originals.json"


def read(host: Host, path: str) -> dict[str, Any]:
    return json.loads(host.read(path) or b"{}")


def copy(host: Host, path: str) -> Copy | None:
    """None when there is nothing at `path`."""
    entry = host.entry(path)
    if entry is None:
        return None
    found = {"mode": entry.mode, "owner": entry.owner, "group": entry.group, "link": entry.link}
    return found if entry.link is not None else {**found, "data": (host.read(path) or b"").decode("latin-1")}


def restore(host: Host, path: str, found: Copy | None) -> None:
    """Exactly what was copied, also when the path is half written or gone."""
    host.remove(beside(path))
    if found is None:
        host.remove(path)
    elif found["link"] is not None:
        host.link(path, found["link"])
    else:
        data = found["data"].encode("latin-1")
        File(path, data, found["mode"], found["owner"], found["group"]).put(host)
