"""What became of every release on this host, from the ledger, as one JSON line."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from activator.failure import DONE
from activator.host import Host
from activator.ledger import Ledger

KEPT = 200
"""Events that are told, the last ones."""


def history(host: Host, service: str) -> int:
    """Changes nothing and waits for nobody."""
    ledger = Ledger(host, service)
    told: list[dict[str, Any]] = []
    begun: dict[str, Any] = {}
    for event in ledger.events():
        if event["event"] == "begin":
            begun = event
        elif event["event"] == "end":
            told.append(_ended(begun, event))
            begun = {}
        elif event["event"] == "refused":
            refused = {
                "when": event["time"],
                "release": event["release"],
                "what": "refused",
                "why": event["why"],
            }
            told.append(refused)
    host.answer({"service": service, "history": told[-KEPT:], "host": host.name()})
    return DONE


def _ended(begun: dict[str, Any], end: dict[str, Any]) -> dict[str, Any]:
    manifest = begun.get("manifest") or {}
    undone = begun.get("undoes")
    return {
        "when": begun.get("time") or end["time"],
        "seconds": _seconds(begun.get("time"), end["time"]),
        "release": manifest.get("release") or end.get("release"),
        "version": manifest.get("version"),
        "who": begun.get("who"),
        "deployer": begun.get("deployer"),
        "what": end["result"],
        "why": end.get("why") or (f"in place of {undone[0]}, which was {undone[1]}" if undone else None),
    }


def _seconds(begin: str | None, end: str) -> float | None:
    with contextlib.suppress(TypeError, ValueError):
        return round((_time(end) - _time(begin or "")).total_seconds(), 1)
    return None


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
