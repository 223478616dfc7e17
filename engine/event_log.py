"""The engine's events of one run, from the file that `--event-log` names."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MARKUP = re.compile(r"<\{%.*?%\}>")
"""What the engine puts into messages, also of a log, for a terminal to have colours."""


def events(log: Path) -> Iterator[dict[str, Any]]:
    """Oldest first, their messages plain text; none of a run that came to nothing."""
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        with contextlib.suppress(ValueError):  # torn by a kill
            yield _plain(json.loads(line))


def _plain(event: dict[str, Any]) -> dict[str, Any]:
    for kind in ("diagnosticEvent", "policyEvent"):
        if message := (event.get(kind) or {}).get("message"):
            event[kind]["message"] = MARKUP.sub("", message)
    return event
