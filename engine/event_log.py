"""The engine's events of one run, from the file that `--event-log` names."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def events(log: Path) -> Iterator[dict[str, Any]]:
    """Oldest first; none of a run that came to nothing."""
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        with contextlib.suppress(ValueError):  # torn by a kill
            yield json.loads(line)
