"""What is live on this host and what is kept, as one JSON line."""

from __future__ import annotations

import json
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
        line["unconfirmed"] = ledger.pending is not None
    line["unfinished"] = ledger.unfinished["what"] if ledger.unfinished else None
    host.answer(line)
    return DONE


def releases(host: Host, service: str) -> int:
    """What this host could turn on, newest first, and what became of each."""
    ledger = Ledger(host, service)
    live, home = ledger.live, f"/opt/{service}/app/releases"
    kept: list[dict[str, Any]] = []
    for name in host.names(home):
        text = None if name.startswith(".") else host.read(f"{home}/{name}/manifest.json")
        if text:
            manifest = json.loads(text)
            sha256 = (manifest["binary"] or {}).get("sha256")
            facts = {"release": name, "version": manifest["version"], "sha256": sha256}
            kept.append({**facts, **ledger.records.get(name, {})})
    order = {name: number for number, name in enumerate(ledger.history)}
    host.answer(
        {
            "service": service,
            "current": live.release.id if live else None,
            "previous": live.previous if live else None,
            "unconfirmed": ledger.pending is not None,
            "kept": sorted(kept, key=lambda one: order.get(one["release"], len(order))),
            "host": host.name(),
        }
    )
    return DONE
