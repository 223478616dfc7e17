"""The journal that is sent elsewhere: what it takes must be there, and a receiver that is away is told, and stops nothing."""

from __future__ import annotations

from activator.failure import Refused
from activator.host import Host
from activator.manifest import Release
from activator.systemd import look, printed


def check(host: Host, release: Release) -> None:
    """Before anything changes, on the way forward alone. Whether the receiver takes them is not asked: it may be away."""
    for path in (release.manifest.get("logs") or {}).get("files", ()):
        if host.read(path) is None:
            raise Refused(f"{path} is not there, which `logs.send` names: put it on the machine first")


def drift(host: Host, release: Release) -> list[str]:
    """That nothing arrives, with the last words about it."""
    sends = release.manifest.get("logs")
    if not sends or not look(host, sends["unit"]).state.startswith("failed"):
        return []
    said = printed(host, sends["unit"], "2000-01-01T00:00:00Z", 20).splitlines()
    why = next((line for line in reversed(said) if "ailed" in line), "\n".join(said[-1:]))
    return [f"the journal does not arrive at {sends['to']}, and is kept: {why}"]
