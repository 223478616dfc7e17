"""What is wrong with a setting, in one sentence: the key, the value, what is allowed and what to do."""

import difflib
import re
import types
import typing
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

from model import yaml_values
from model.stack_file import StackFile


class Refusal(Exception):
    """Settings that cannot be honoured; `lines` has one sentence each."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


def sentences(
    error: ValidationError, model: type[BaseModel], prefix: str, file: StackFile | None = None
) -> list[str]:
    """One sentence for each error of validating `model`, keys written as in a stack file after `prefix`.

    `file` knows what was written before YAML made a number or a map of it.
    """
    return [_sentence(detail, model, prefix, file) for detail in error.errors()]


def _sentence(detail: ErrorDetails, model: type[BaseModel], prefix: str, file: StackFile | None) -> str:
    key = (prefix + _path(detail["loc"])).removesuffix(":")
    if detail["type"] == "extra_forbidden":
        return _unknown(str(detail["loc"][-1]), key, _fields(model, detail["loc"][:-1]))
    if detail["type"] == "missing":
        return f"{key} is not set; it is required, see its description in Pulumi.yaml or docs/settings.md."
    if detail["loc"][:1] == ("secrets",) and detail["type"] in ("string_type", "dict_type"):
        return f"{key} is no text; set it with `pulumi config set --secret --path '{key}'`."
    if found := _not_quoted(detail, key, file):
        return found
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if detail["type"] == "value_error":
        shown = f" ({_short(detail['input'])})" if isinstance(detail["input"], str | int | float) else ""
        return f"{key}{shown} {message}."
    return f"{key} is {_short(detail['input'])}, but it {message}; see docs/settings.md."


def _not_quoted(detail: ErrorDetails, key: str, file: StackFile | None) -> str | None:
    """A text or a number that YAML took for something else, with the form that it must have."""
    given, place = detail["input"], tuple(part for part in detail["loc"] if not _is_mark(part))
    if detail["type"] == "string_type":
        text = file.written(place) if file else None
        text = yaml_values.likely(given) if text is None else text
        if text is not None:
            found = (
                "null" if given is None else str(given) if isinstance(given, bool | int | float) else "a map"
            )
            found = "a list" if isinstance(given, list) else found
            return f"{key} is no text but {found} as YAML reads it; {yaml_values.in_quotes(place, text)}."
    if detail["type"] in ("int_type", "float_type", "bool_type") and isinstance(given, str):
        written = given.strip()
        if re.fullmatch(r"-?\d+(\.\d+)?" if detail["type"] != "bool_type" else "true|false", written):
            wanted = detail["msg"].removeprefix("Input should be ")
            return f"{key} is {_short(given)}, but it should be {wanted}; write it without quotes: {place[-1]}: {written}."
    return None


def _unknown(name: str, key: str, allowed: list[str]) -> str:
    close = difflib.get_close_matches(name, allowed, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{key} is not a setting; {hint}allowed here: {', '.join(allowed)}; correct or remove it."


def _path(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        if _is_mark(part):
            continue
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _short(value: Any) -> str:
    text = "null" if value is None else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _is_mark(part: int | str) -> bool:
    """Whether a part of a location is pydantic's own, and no key."""
    return part == "[key]" or _is_kind(part)


def _is_kind(part: int | str) -> bool:
    """Whether it is no key but the tag of one of several kinds of a map, as in `(hosts)`."""
    return isinstance(part, str) and part.startswith("(")


def _tag(kind: Any) -> str:
    return next((each.tag for each in getattr(kind, "__metadata__", ()) if isinstance(each, Tag)), "")


def _fields(model: Any, location: tuple[int | str, ...]) -> list[str]:
    """Names allowed at a place of a stack file, found by walking the models' annotations along it."""
    for part in location:
        if _is_kind(part):
            model = next(typing.get_args(kind)[0] for kind in typing.get_args(model) if _tag(kind) == part)
        elif isinstance(model, type) and issubclass(model, BaseModel):
            by_alias = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
            model = by_alias.get(str(part))
        else:
            model = typing.get_args(model)[-1 if typing.get_origin(model) is dict else 0]
        while typing.get_origin(model) is typing.Annotated and not _tag(model):
            model = typing.get_args(model)[0]
        if typing.get_origin(model) in (types.UnionType, typing.Union) and not any(
            map(_tag, typing.get_args(model))
        ):
            model = next(option for option in typing.get_args(model) if option is not type(None))
    while typing.get_origin(model) is typing.Annotated:
        model = typing.get_args(model)[0]
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return []
    return [field.alias or name for name, field in model.model_fields.items()]
