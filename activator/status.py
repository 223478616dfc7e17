"""What is live on this host, as one JSON line."""

from __future__ import annotations

from typing import Any

from activator.failure import DONE
from activator.host import Host
from activator.ledger import Ledger, Live
from activator.systemd import look


def summary(host: Host, live: Live, changed: bool) -> dict[str, Any]:
    """The line that every success ends with."""
    release, slot = live.release, live.slot
    return {
        "service": release.service,
        "release": release.id,
        "version": release.manifest["version"],
        "architecture": release.manifest["architecture"],
        "sha256": release.binary["sha256"] if release.binary else None,
        "slot": slot,
        "pid": look(host, release.unit(slot)).pid if slot else None,
        "changed": changed,
        "previous": live.previous,
        "host": host.name(),
    }


def status(host: Host, service: str) -> int:
    """Changes nothing and waits for nobody."""
    ledger = Ledger(host, service)
    line: dict[str, Any] = {"service": service, "release": None, "host": host.name()}
    if ledger.live:
        line = {**summary(host, ledger.live, changed=False), "owner": ledger.owner}
        trees = host.names(f"{ledger.live.release.app}/releases")
        line["kept"] = [name for name in trees if not name.startswith(".")]
    line["unfinished"] = ledger.unfinished["what"] if ledger.unfinished else None
    host.answer(line)
    return DONE
