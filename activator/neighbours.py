"""What else Slipway has installed on this host: other services have their own files and ports."""

from __future__ import annotations

from collections.abc import Iterator

from activator.host import Host
from activator.ledger import Ledger, Live
from activator.manifest import STATE, Release


def others(host: Host, own: str) -> Iterator[Live]:
    """What is live of all services but `own`."""
    for name in host.names(STATE):
        if name != own and host.entry(f"{STATE}/{name}/ledger.jsonl"):
            live = Ledger(host, name).live
            if live:
                yield live


def neighbours(host: Host, own: str) -> Iterator[Release]:
    """Their releases."""
    for live in others(host, own):
        yield live.release


def whose(host: Host, path: str, own: str) -> str | None:
    """The other service that has put a file at `path`."""
    return next((release.service for release in neighbours(host, own) if path in release.paths()), None)
