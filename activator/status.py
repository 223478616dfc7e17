"""What is live on this host and what is kept, as one JSON line."""

from __future__ import annotations

import json
from typing import Any

from activator import certificate
from activator.bundle import trees
from activator.failure import DONE, Refused
from activator.host import Host
from activator.ledger import Ledger, Live
from activator.proxy import Proxy
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
        "size": release.binary["size"] if release.binary else None,
        "goVersion": release.binary.get("goVersion") if release.binary else None,
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
        line["kept"] = trees(host, service)
        line["unit"] = running(host, ledger.live)
        if found := certificate.told(host, ledger.live.release):
            line["certificate"] = found
        line["unconfirmed"] = ledger.pending is not None
    line["unfinished"] = ledger.unfinished["what"] if ledger.unfinished else None
    host.answer(line)
    return DONE


def running(host: Host, live: Live) -> dict[str, Any]:
    """The unit that serves: its state, since when, how often systemd restarted it, and the sessions that it has."""
    release, slot = live.release, live.slot
    name = release.unit(slot) if slot else next((each["unit"] for each in release.units), None)
    if not name:
        return {}
    found = look(host, name)
    facts = {"name": name, "active": found.active, "state": found.state, "since": found.since}
    if not slot:
        return facts
    facts["restarts"] = found.restarts
    if not release.proxy:
        return facts
    try:
        proxy = Proxy(host, release)
        sessions, proxied = proxy.sessions()[slot], "ready" if slot in proxy.ready() else "not ready"
    except (OSError, KeyError):
        proxied, sessions = "its proxy does not answer", 0
    return {**facts, "proxied": proxied, "sessions": sessions}


def releases(host: Host, service: str) -> int:
    """What this host could turn on, newest first, and what became of each."""
    ledger = Ledger(host, service)
    live, kept = ledger.live, list[dict[str, Any]]()
    for name in trees(host, service):
        text = host.read(f"/opt/{service}/app/releases/{name}/manifest.json")
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
            "previous": before(host, ledger),
            "unconfirmed": ledger.pending is not None,
            "kept": sorted(kept, key=lambda one: order.get(one["release"], len(order))),
            "host": host.name(),
        }
    )
    return DONE


def previous(host: Host, service: str) -> int:
    """What a rollback goes back to. It stays the same until another release goes live."""
    ledger = Ledger(host, service)
    found = before(host, ledger)
    if not found:
        live = f"{ledger.live.release.id} is the only one" if ledger.live else "none is live"
        raise Refused(f"{service} has no release here to go back to, {live}: deploy from source")
    host.answer({"service": service, "release": found, "host": host.name()})
    return DONE


def before(host: Host, ledger: Ledger) -> str | None:
    """The release that was live before, is still on disk, and was not taken back because it failed to be confirmed."""
    here = trees(host, ledger.service)
    for name in ledger.history:
        reverted = ledger.records.get(name, {}).get("reverted")
        if ledger.live and name != ledger.live.release.id and name in here and not reverted:
            return name
    return None
