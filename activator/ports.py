"""The ports that a release needs on this host: free, or its own already, and nobody else's who is only not there now."""

from __future__ import annotations

import re

from activator.failure import Refused
from activator.host import Host
from activator.manifest import Release
from activator.neighbours import neighbours
from activator.systemd import look, tail


def check(host: Host, release: Release, slot: str | None) -> None:
    """Whoever has a port of ours and is not ours is named, and left alone."""
    if slot is None:
        return
    for other in neighbours(host, release.service):
        check_neighbour(host, release, other)
    wanted = {ports[slot]: release.unit(slot) for ports in release.ports.values()}
    if release.proxy:
        wanted |= {release.slots[slot]: release.unit(slot), release.proxy["port"]: release.proxy["unit"]}
        if release.proxy.get("metrics"):
            wanted[release.proxy["metrics"]] = release.proxy["unit"]
    shown = host.run("ss", "-Hltnp")
    if shown.code:
        raise Refused(f"cannot see which ports are in use ({tail(shown.text, 1)}): install iproute2")
    for line in shown.text.splitlines():
        address = re.search(r"\S*:(\d+)\s", line)
        port = int(address.group(1)) if address else 0
        if port not in wanted:
            continue
        holders = {int(pid) for pid in re.findall(r"pid=(\d+)", line)}
        unit = look(host, wanted[port])
        if not holders & (unit.processes(host) | {unit.pid}):
            pid = min(holders, default=0)
            process = host.process(pid)
            raise Refused(
                f"port {port}, which {wanted[port]} needs, is in use by pid {pid} "
                f"({process.command if process else 'unknown'}): stop that, or choose another port"
            )


def check_neighbour(host: Host, release: Release, other: Release) -> None:
    """A port that another service has is its own also while it does not listen there."""
    theirs = owned(other)
    for port, setting in owned(release).items():
        if port in theirs:
            remedy = f"`slots: {free_slots(host, release)}`" if setting == "slots" else f"another `{setting}`"
            raise Refused(
                f"port {port} belongs to {other.service} (its `{theirs[port]}`), which Slipway installed here: "
                f"give {release.service} {remedy}"
            )


def owned(release: Release) -> dict[int, str]:
    """The ports that a release needs for good, whether it listens on them now or not, and what names them."""
    found = dict.fromkeys((port for port in release.slots.values() if port is not None), "slots")
    for name, ports in release.ports.items():
        found |= dict.fromkeys(ports.values(), f"ports.{name}")
    if release.proxy:
        found[release.proxy["port"]] = "port"
        if release.proxy.get("metrics"):
            found[release.proxy["metrics"]] = "monitor.metrics"
    return found


def free_slots(host: Host, release: Release) -> list[int]:
    """Two ports that no service here has, to be proposed."""
    taken = {port for other in neighbours(host, release.service) for port in owned(other)}
    taken |= owned(release).keys()
    return [port for port in range(18081, 19000) if port not in taken][:2]
