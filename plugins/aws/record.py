"""What a pretended cloud has, kept in a file between runs, as AWS itself would: resources, and what was copied to machines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugins.values import UNKNOWN, Values


@dataclass(frozen=True)
class Made:
    """One resource: its full type, and its outputs."""

    type: str
    outputs: Values


class Record:
    """Every change is on disk before the engine hears of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        stored: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        self.resources = {id: Made(**made) for id, made in stored.get("resources", {}).items()}
        self.bundles: dict[str, str] = stored.get("bundles", {})
        """By a pretended machine's address: the file that was copied to it last."""

    def add(self, id: str, type: str, outputs: Values) -> None:
        """A resource as it is from now on."""
        self.resources[id] = Made(
            type, {name: value for name, value in outputs.items() if value is not UNKNOWN}
        )
        self._save()

    def remove(self, id: str) -> None:
        """A resource that is no more."""
        if self.resources.pop(id, None):
            self._save()

    def copied(self, host: str, path: Path) -> None:
        """A file that would be on a machine if there were one."""
        self.bundles[host] = str(path)
        self._save()

    def _save(self) -> None:
        stored = {
            "resources": {
                id: {"type": each.type, "outputs": each.outputs} for id, each in self.resources.items()
            },
            "bundles": self.bundles,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(stored))
        new.replace(self._path)
