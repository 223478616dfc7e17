"""How lists and paths stand in a sentence."""

import os
from collections.abc import Iterable
from pathlib import Path

_SHOWN = 3


def listed(names: Iterable[str]) -> str:
    """All of a few names; of many the first three, and how many more there are."""
    names = list(names)
    if len(names) <= _SHOWN + 1:
        return ", ".join(names)
    return f"{', '.join(names[:_SHOWN])} and {len(names) - _SHOWN} more"


def relative(path: Path, start: Path) -> str:
    """`path` as seen from `start`."""
    return os.path.relpath(path, start)
