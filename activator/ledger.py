"""ledger.jsonl: one fsynced line per event. Read after a crash, it tells all that is needed to go on."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from activator.host import Host
from activator.manifest import STATE, Release


@dataclass(frozen=True)
class Live:
    """The release that serves: its manifest, its slot (None without a binary), and the release before it."""

    release: Release
    slot: str | None
    previous: str | None
    also: tuple[int, ...] = ()  # the port of the release before, as long as somebody may know no other


class Ledger:
    """The events of one service on this host, and what follows from them."""

    def __init__(self, host: Host, service: str) -> None:
        self.host, self.service = host, service
        self.directory = f"{STATE}/{service}"
        self.path = f"{self.directory}/ledger.jsonl"
        self.live: Live | None = None
        self.displaced: Live | None = None  # what was live before the last commit
        self.unfinished: dict[str, Any] | None = None  # the event that began it
        self.begun: list[str] = []  # steps of the unfinished transaction
        self.committed = False
        self.history: list[str] = []  # releases that went live, newest first
        self.done: dict[str, list[str]] = {}  # release -> tasks that ended well for it
        self.records: dict[str, dict[str, Any]] = {}  # release -> when it went live, who did it, why it went
        self.back: Live | None = None  # where an unconfirmed release goes back to
        self.pending: float | None = None  # seconds that the live release has to be confirmed; None: it is
        for event in self.events():
            self._take(event)

    def events(self) -> Iterator[dict[str, Any]]:
        """All that is written there, oldest first."""
        for line in (self.host.read(self.path) or b"").splitlines():
            with contextlib.suppress(ValueError):  # a torn line: what it would have told was not done
                yield json.loads(line)

    @property
    def owner(self) -> str:
        """Whoever released last; empty when nobody has."""
        return (self.host.read(f"{self.directory}/owner") or b"").decode()

    def own(self, owner: str) -> bool:
        """Records the owner; True when it was another."""
        changed = self.owner != owner
        if changed:
            self.host.write(f"{self.directory}/owner", owner.encode(), 0o600)
        return changed

    def add(self, event: str, **facts: Any) -> None:
        line = {"time": self.host.now(), "event": event, **facts}
        self.host.append(self.path, json.dumps(line, sort_keys=True))
        self._take(line)

    def _take(self, line: dict[str, Any]) -> None:
        if line["event"] == "begin":
            self.unfinished, self.begun, self.committed = line, [], False
        elif line["event"] == "step":
            self.begun.append(line["step"])
        elif line["event"] == "task":
            self.done.setdefault(line["release"], []).append(line["task"])
        elif line["event"] == "commit":
            self._commit(line)
        elif line["event"] == "confirmed":
            self.pending = self.back = None
        elif line["event"] == "end":
            self.unfinished, self.begun, self.committed = None, [], False
            if line["result"] == "reverted":
                self.records.setdefault(line["release"], {})["reverted"] = line.get("why", "")
            if line["result"] == "removed":
                self.live, self.history, self.pending, self.back = None, [], None, None
                self.done = {}

    def _commit(self, line: dict[str, Any]) -> None:
        begin, before = self.unfinished or {}, self.live
        self.committed, self.displaced = True, before
        also = tuple(line.get("also") or ())
        self.live = Live(Release(line["manifest"]), line["slot"], line["previous"], also)
        new = self.live.release.id
        self.history = [new, *(one for one in self.history if one != new)]
        if before and (before.release.id, before.slot) == (new, line["slot"]):
            return  # put right in place: whatever it waits for, it still does
        # A release that was itself unconfirmed is no place to go back to: that is where it would have gone.
        self.back = self.back if self.pending and self.back else before
        self.pending = line.get("confirm")
        self.records[new] = {"when": line["time"], "who": begin.get("who"), "deployer": begin.get("deployer")}
        if begin.get("undoes"):
            gone, why = begin["undoes"]
            self.records.setdefault(gone, {})["reverted"] = why
