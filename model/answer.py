"""The line that the activator ends with, among all that a host printed."""

import json
from typing import Any


def answer(printed: str) -> dict[str, Any]:
    """What the activator said. A login shell may have said something before it, with or without an end of line.

    Raises ValueError when there is no such line.
    """
    for line in reversed(printed.splitlines()):
        start = line.find('{"')
        if start < 0:
            continue
        try:
            found, _ = json.JSONDecoder().raw_decode(line[start:])
        except ValueError:
            continue
        if "host" in found:
            return found
    raise ValueError(f"the host printed no answer of the activator but {printed[:200]!r}")
