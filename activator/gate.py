"""What a slot must show before it gets requests, and for a moment after: alive, healthy, the artifact's own bytes."""

from __future__ import annotations

import re
from typing import Any

from activator.failure import Failed
from activator.host import Host
from activator.manifest import Release
from activator.sign import well
from activator.systemd import look, words_of

STARTS_WITHIN = 60
"""Seconds for a program beside the service, such as one that reads what it has kept of two weeks."""


def healthy(host: Host, release: Release, slot: str) -> int:
    """Waits until the slot is healthy; returns its process id. A unit that dies or restarts fails at once."""
    health, unit, began = release.health, release.unit(slot), host.clock()
    good, since, pid, path = 0, began, alive(host, unit), health.get("path")
    while True:
        if not host.runs(pid):
            alive(host, unit, pid)
        is_well, said = well(host, release, slot)
        if is_well:
            since = host.clock() if good == 0 else since
            good += 1
            if good >= health["successes"] and host.clock() - since >= health["minimumHealthy"]:
                return alive(host, unit, pid)
        else:
            good = 0
        if host.clock() - began >= health["deadline"]:
            raise Failed(
                f"{unit} was not healthy within {health['deadline']:g} s: {health['successes']} good answers in "
                f"a row{f' from {path}' if path else ''} over {health['minimumHealthy']:g} s are asked; last: {said}"
            )
        host.sleep(health["interval"])


def ready(host: Host, unit: dict[str, Any], since: str) -> None:
    """Waits until a program beside the service answers, if the release says where; its own words say why it does not."""
    asked = unit.get("ready")
    if not asked:
        return
    began, said = host.clock(), ""
    while host.clock() - began < STARTS_WITHIN:
        status, said = host.get(asked["port"], asked["path"], 5)
        if status == 200:
            return
        host.sleep(0.2)
    why = words_of(host, unit["unit"], since)
    raise Failed(
        f"{unit['unit']} ({look(host, unit['unit']).state}) did not answer {asked['path']} at port {asked['port']} within "
        f"{STARTS_WITHIN} s; last: {said}{why}"
    )


def alive(host: Host, unit: str, pid: int = 0) -> int:
    """The unit's process id; fails when it is not `pid` any more (0: whichever it is)."""
    found = look(host, unit)
    if not found.active or not found.pid or found.restarts or (pid and found.pid != pid):
        raise Failed(
            f"{unit} died: {found.state}, {found.restarts} restarts, pid {found.pid} after {pid or 'none'}"
        )
    return found.pid


def watch(host: Host, release: Release, slot: str, pid: int) -> None:
    """After the switch, while the old slot still runs: whatever is seen now, the way back is one switch."""
    began, seconds = host.clock(), release.manifest["watch"]
    while True:
        good, said = well(host, release, slot)
        if not good:
            raise Failed(f"slot {slot} fell ill after the switch: {said}")
        if host.clock() - began >= seconds:
            alive(host, release.unit(slot), pid)
            return
        host.sleep(min(release.health["interval"], seconds))


def open_to_others(host: Host, release: Release, slot: str) -> list[str]:
    """Addresses other than the loopback on which the slot's port is open: whoever reaches them goes round the proxy."""
    port = release.slots[slot]
    if port is None:
        return []
    found = re.findall(rf"(\S+):{port}\s", host.run("ss", "-Hltn").text)
    return sorted({address for address in found if not re.match(r"(127\.|\[::1\]|\[::ffff:127\.)", address)})


def prove(host: Host, release: Release, slot: str, pid: int) -> None:
    """The process runs the artifact's very bytes, and not as root."""
    process, unit = host.process(pid), release.unit(slot)
    if process is None or process.sha256 != release.binary["sha256"]:
        found = process.sha256 if process else "nothing"
        raise Failed(f"pid {pid} of {unit} runs {found}, not the artifact {release.binary['sha256']}")
    if process.uid == 0:
        raise Failed(f"pid {pid} of {unit} runs as root: its unit must name a user")


def still_healthy(host: Host, release: Release, slot: str) -> int:
    """The live slot's process id. It may have restarted in its life; now it must answer, at the third try."""
    found, said = look(host, release.unit(slot)), ""
    if not found.active or not found.pid:
        raise Failed(f"{release.unit(slot)} is {found.state}")
    for attempt in range(3):
        if attempt:
            host.sleep(release.health["interval"])
        good, said = well(host, release, slot)
        if good:
            return found.pid
    raise Failed(f"{release.unit(slot)} is not healthy: {said}")
