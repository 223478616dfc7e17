"""Values that YAML changes on the way: a date becomes another text, a number or `{port}` is no text at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from model.stack_file import Place, StackFile, shown

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}(?:\.\d+)?) [+-]\d{4} \S+")
"""What Pulumi makes of a date or time without quotes."""


def refusals(values: Any, file: StackFile, namespace: str) -> list[str]:
    """One sentence for each value that is not what was written, although nothing else would notice."""
    lines = [
        f"{shown(place, namespace)} has the tag {tag}, which makes something else of what is written; "
        "write it without the tag, in quotes."
        for place, tag in file.tagged()
    ]
    for place, text in _texts((), values):
        found = _TIME.fullmatch(text)
        if not found or file.is_quoted(place):
            continue
        day, time = found.groups()
        derived = day if time == "00:00:00" else f"{day}T{time}Z"
        lines.append(
            f"{shown(place, namespace)} is a date without quotes, which YAML makes {text!r} of; "
            f"{in_quotes(place, file.written(place) or derived)}."
        )
    return lines


def in_quotes(place: Place, text: str) -> str:
    """How it must be written to be a text, as in `PORT: "8080"`."""
    name = f"{place[-1]}: " if place and isinstance(place[-1], str) else "- "
    return f"write it in quotes: {name}{json.dumps(text, ensure_ascii=False)}"


def likely(value: Any) -> str | None:
    """What was written, to judge by what YAML made of it; None where that cannot be told."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, dict) and len(value) == 1 and next(iter(value.values())) is None:
        return f"{{{next(iter(value))}}}"
    return None


def _texts(place: Place, value: Any) -> Iterator[tuple[Place, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts((*place, key), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts((*place, number), inner)
