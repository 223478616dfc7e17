"""How a copy shows that it is well: an answer, a command that ends well, a file that it touches, or that it runs at all."""

from __future__ import annotations

from activator.host import Host
from activator.manifest import Release
from activator.systemd import look, printed


def well(host: Host, release: Release, slot: str) -> tuple[bool, str]:
    """Whether it is, and what was seen."""
    health, port = release.health, release.slots[slot]
    if port is not None:
        name = health.get("host") or ""
        status, said = host.get(port, health["path"], health["timeout"], name)
        asked = f"GET http://127.0.0.1:{port}{health['path']} and Host {name or f'127.0.0.1:{port}'}"
        return bool(
            status and 200 <= status < 300
        ), f"{f'{status} ' if status else ''}{said}, asked with {asked}"
    if health.get("command"):
        return commanded(host, release, slot)
    if health.get("fileAge"):
        return touched(host, release, slot)
    found = look(
        host, release.unit(slot)
    )  # it said by sd_notify that it is ready, else it would not be active
    return found.active, f"{release.unit(slot)} is {found.state}"


def silence(host: Host, release: Release, slot: str, timeout: float) -> str:
    """Why a live copy is to be taken for hung; empty when it is not.

    Any answer over HTTP is a sign of life, an error, too: what a service cannot reach no restart brings back.
    """
    port = release.slots[slot]
    if port is None:
        good, said = well(host, release, slot)
        return "" if good else said
    status, said = host.get(port, release.health["path"], timeout, release.health.get("host") or "")
    return "" if status else said


def commanded(host: Host, release: Release, slot: str) -> tuple[bool, str]:
    """By a unit that is closed as the copy's own is, and has the same environment and secrets."""
    unit = release.health_unit(slot)
    since, timeout = host.now(), release.health["timeout"] + 10
    done = host.run("systemctl", "start", unit, timeout=timeout)
    if not done.code:
        return True, "the command ended well"
    state = look(host, unit).state
    said = printed(host, unit, since, 3)
    host.run("systemctl", "reset-failed", unit)
    return False, f"the command of {unit} ended {state}: {said}"


def touched(host: Host, release: Release, slot: str) -> tuple[bool, str]:
    path, allowed = release.health_file(slot), release.health["fileAge"]
    age = host.age(path)
    if age is None:
        return False, f"{path} is not there: the worker has to touch it"
    return age <= allowed, f"{path} was touched {age:.1f} s ago; allowed are {allowed:g} s"
