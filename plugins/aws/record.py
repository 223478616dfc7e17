"""What a pretended cloud has, kept in a file between runs, as AWS itself would: resources, and what was copied to machines."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from plugins.values import UNKNOWN, Asset, Values


class Record:
    """Every change is on disk before the engine hears of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        """Held by whoever changes something: groups live in threads of their own."""
        stored: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        self.resources: dict[str, dict[str, Values]] = stored.get("resources", {})
        """Outputs by full type, then by id: what belongs to a bucket has the bucket's id, too."""
        self.bundles: dict[str, str] = stored.get("bundles", {})
        """By a pretended machine's address: the file that was copied to it last."""
        self.groups: dict[str, dict[str, Any]] = stored.get("groups", {})
        """By name: what auto-scaling groups do at the moment (group_life.py). Whoever changes it saves it."""

    def of(self, type: str) -> dict[str, Values]:
        """Outputs of all resources of one type, by id."""
        return self.resources.get(type, {})

    def add(self, type: str, id: str, outputs: Values) -> None:
        """A resource as it is from now on."""
        gone = (value is UNKNOWN or isinstance(value, Asset) for value in outputs.values())
        known = {name: value for (name, value), left in zip(outputs.items(), gone, strict=True) if not left}
        with self.lock:
            self.resources.setdefault(type, {})[id] = known
            self.save()

    def remove(self, type: str, id: str) -> None:
        """A resource that is no more."""
        with self.lock:
            if self.of(type).pop(id, None) is not None:
                self.save()

    def copied(self, host: str, path: Path) -> None:
        """A file that would be on a machine if there were one."""
        self.bundles[host] = str(path)
        self.save()

    def save(self) -> None:
        """All of it."""
        with self.lock:
            self._write()

    def _write(self) -> None:
        there = {type: made for type, made in self.resources.items() if made}
        stored = {"resources": there, "bundles": self.bundles, "groups": self.groups}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(stored))
        new.replace(self.path)
