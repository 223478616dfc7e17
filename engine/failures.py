"""What went wrong in a run, read from the engine's own events, where people need a word more than the engine says."""

from __future__ import annotations

import json
import re
from pathlib import Path

_UNREACHABLE = re.compile(r"cannot reach|after \d+ failed attempts|dial tcp")
"""Of our plugin; of pulumi-command's own and what Go says of a dial."""


def unreachable(events: Path) -> list[str]:
    """Names of the resources whose host could not be reached."""
    found = {}
    for line in events.read_text().splitlines() if events.exists() else ():
        told = json.loads(line).get("diagnosticEvent") or {}
        if told.get("severity") == "error" and "command:remote:" in told.get("urn", ""):
            name = told["urn"].rpartition("::")[2]
            if _UNREACHABLE.search(told["message"]):
                found[name] = None
    return list(found)
