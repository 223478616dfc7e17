"""Inputs of resources as the API's own model has them (botocore): members, enums, lengths, patterns and ranges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.session import get_session

Inputs = dict[str, Any]
MADE_UP = re.compile(r"^(arn\b|name of |zone of |ami-(arm64|amd64)$)|-id$")
"""What the recording engine answers in place of ids, which have no form to be held to."""


@cache
def accepted(service: str, call: str) -> Any:
    """The shape of what the call takes."""
    shape = get_session().get_service_model(service).operation_model(call).input_shape
    assert shape
    return shape


def shaped(value: Any, shape: Any) -> Any:
    """Keys spelled as the API does, a lone value where the API has a list as a list of one, whole numbers as such."""
    if shape.type_name == "list":
        return [shaped(each, shape.member) for each in (value if isinstance(value, list) else [value])]
    if shape.type_name == "structure" and isinstance(value, dict):
        names = {name.lower(): name for name in shape.members}
        found: Inputs = {}
        for key, each in value.items():
            name = (
                names.get(key.lower())
                or names.get(f"{key.lower()}s")
                or names.get(key.lower().removesuffix("s"))
            )
            found[name or key] = shaped(each, shape.members[name]) if name else each
        return found
    return int(value) if isinstance(value, float) and value.is_integer() else value


def misfits(value: Any, shape: Any, path: str) -> Iterator[str]:
    """Unknown and missing members, and values that are not among those allowed, not of their form or out of their range."""
    kind, bounds = shape.type_name, shape.metadata
    if kind == "structure":
        if not isinstance(value, dict):
            yield f"{path} is {value}, and no map"
            return
        for key, each in value.items():
            if key not in shape.members:
                yield f"{path}.{key} is unknown"
            else:
                yield from misfits(each, shape.members[key], f"{path}.{key}")
        yield from (f"{path}.{key} is missing" for key in shape.required_members if key not in value)
    elif kind == "list":
        for each in value:
            yield from misfits(each, shape.member, f"{path}[]")
    elif kind == "string":
        if not isinstance(value, str):
            yield f"{path} is {value}, and no text"
        elif not MADE_UP.search(value):
            yield from _text(value, shape, path)
    elif kind in ("integer", "long", "float", "double") and (bad := _number(value, bounds)):
        yield f"{path} {bad}"
    elif kind == "boolean" and not isinstance(value, bool):
        yield f"{path} is {value}, and neither true nor false"
    size = len(value) if isinstance(value, list) else None
    if size is not None and not bounds.get("min", 0) <= size <= bounds.get("max", size):
        yield f"{path} has {size} entries, not {bounds.get('min', 0)} to {bounds.get('max', 'any number')}"


def _number(value: Any, bounds: dict[str, Any]) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"is {value}, and no number"
    inside = bounds.get("min", value) <= value <= bounds.get("max", value)
    return "" if inside else f"is {value}, not {bounds.get('min')} to {bounds.get('max')}"


def _text(value: str, shape: Any, path: str) -> Iterator[str]:
    allowed, bounds = getattr(shape, "enum", []), shape.metadata
    if allowed and value not in allowed:
        yield f"{path} is {value}, which is none of {allowed}"
    if (form := bounds.get("pattern")) and not _fits(form, value):
        yield f"{path} is {value}, which is not of the form {form}"
    if not bounds.get("min", 0) <= len(value) <= bounds.get("max", len(value)):
        yield f"{path} has {len(value)} characters, not {bounds.get('min', 0)} to {bounds.get('max')}"


def _fits(form: str, value: str) -> bool:
    """Java's own classes are written as Python has them; what cannot be written so is taken as fitting."""
    form = (
        form.replace("\\p{Z}", "\\s")
        .replace("\\p{L}", "^\\W\\d_")
        .replace("\\p{N}", "\\d")
        .replace("\\p{M}", "")
    )
    try:
        return re.search(form, value) is not None
    except re.error:
        return True
