"""What went wrong in a run, read from the engine's own events, where people need a word more than the engine says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from logins.refused import meaning

_UNREACHABLE = re.compile(r"cannot reach|after \d+ failed attempts|dial tcp")
"""Of our plugin; of pulumi-command's own and what Go says of a dial."""


def unreachable(events: Path) -> list[str]:
    """Names of the resources whose host could not be reached."""
    return list(dict.fromkeys(name for name, said in _failed(events) if _UNREACHABLE.search(said)))


def logins(events: Path) -> list[str]:
    """What the failures of logins mean and what to do: one line for each cause, with the names of its resources."""
    found: dict[str, list[str]] = {}
    for name, said in _failed(events):
        if told := meaning(said):
            found.setdefault(told, []).append(name)
    return [f"{', '.join(dict.fromkeys(names))}: {told}." for told, names in found.items()]


def _failed(events: Path) -> Iterator[tuple[str, str]]:
    """Name and message of each resource on a host that failed."""
    for line in events.read_text().splitlines() if events.exists() else ():
        told = json.loads(line).get("diagnosticEvent") or {}
        if told.get("severity") == "error" and "command:remote:" in told.get("urn", ""):
            yield told["urn"].rpartition("::")[2], told["message"]
