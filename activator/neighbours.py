"""What else Slipway has installed on this host: other services have their own files and ports."""

from __future__ import annotations

from collections.abc import Iterator

from activator.host import Host
from activator.ledger import Ledger
from activator.manifest import STATE, Release


def neighbours(host: Host, own: str) -> Iterator[Release]:
    """The live releases of all services but `own`."""
    for name in host.names(STATE):
        if name != own and host.entry(f"{STATE}/{name}/ledger.jsonl"):
            live = Ledger(host, name).live
            if live:
                yield live.release


def whose(host: Host, path: str, own: str) -> str | None:
    """The other service that has put a file at `path`."""
    return next((release.service for release in neighbours(host, own) if path in release.paths()), None)


def ports(release: Release) -> dict[int, str]:
    """The ports that a release needs for good, whether it listens on them now or not, and what names them."""
    found = dict.fromkeys(release.slots.values(), "slots")
    if release.proxy:
        found[release.proxy["port"]] = "port"
    return found


def free_slots(host: Host, release: Release) -> list[int]:
    """Two ports that no service here has, to be proposed."""
    taken = {port for other in neighbours(host, release.service) for port in ports(other)}
    taken |= {release.proxy["port"]}
    return [port for port in range(18081, 19000) if port not in taken][:2]
