"""docs/settings.md, written from the settings' own types, so that it cannot say something else."""

import types
import typing
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from model import meanings

_WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false"}


def markdown(model: type[BaseModel], title: str, introduction: str) -> str:
    """A page with one table for `model` and one for each map inside it, in the order in which they appear."""
    lines, queue, seen = [f"# {title}", "", introduction], [("", model)], set()
    while queue:
        path, current = queue.pop(0)
        if current in seen:
            continue
        seen.add(current)
        if path:
            lines += ["", f"## {path}", "", _sentence(current.__doc__)]
        lines += ["", "| key | value | default | meaning |", "|---|---|---|---|"]
        meant = meanings.of(current)
        for name, field in current.model_fields.items():
            key = field.alias or name
            lines.append(f"| `{key}` | {_value(field)} | {_default(field)} | {_sentence(meant.get(name))} |")
            below = f"{path}.{key}" if path else key
            queue += [(below + suffix, inner) for suffix, inner in _maps(field.annotation)]
    return "\n".join(lines) + "\n"


def _sentence(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _value(field: FieldInfo) -> str:
    limits = []
    for each in field.metadata:
        for attribute, sign in (("gt", "more than"), ("ge", "at least"), ("le", "at most")):
            if (limit := getattr(each, attribute, None)) is not None:
                limits.append(f"{sign} {limit}")
        if pattern := getattr(each, "pattern", None):
            limits.append(f"like `{pattern}`".replace("|", "\\|"))
    return _type(field.annotation) + (f", {', '.join(limits)}" if limits else "")


def _type(annotation: Any) -> str:
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(inner[0])
    if origin in (types.UnionType, typing.Union):
        return " or ".join(dict.fromkeys(_type(option) for option in inner if option is not type(None)))
    if origin is typing.Literal:
        return " or ".join(f"`{option}`" for option in inner)
    if origin is dict:
        return f"map of names to {_type(inner[1])}"
    if origin is tuple:
        return (
            f"list of {_type(inner[0])}" if inner[-1] is Ellipsis else f"{len(inner)} times {_type(inner[0])}"
        )
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "map, see below"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{member.value}`" for member in annotation)
    return _WORDS[annotation]


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "required"
    default = field.default
    if default is None or default in ((), {}, "") or isinstance(default, BaseModel):
        return ""
    return f"`{list(default) if isinstance(default, tuple) else str(default).lower() if isinstance(default, bool) else default}`"


def _maps(annotation: Any) -> list[tuple[str, type[BaseModel]]]:
    """The maps that a value may hold, with what leads to them: `.NAME` through a map of names, `[]` through a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [("", annotation)]
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    step = {dict: ".NAME", tuple: "[]"}.get(origin, "")  # type: ignore[arg-type]
    if origin is dict:
        inner = inner[1:]
    if origin is typing.Literal:
        return []
    return [(step + suffix, found) for each in inner for suffix, found in _maps(each)]
