"""The contract's fields as rows: for docs/outputs.md, and for the test that none is lost."""

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from model import contract, meanings


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of the contract; `NAME` in its path stands for any name."""

    path: str
    type: str
    meaning: str


def fields() -> tuple[Field, ...]:
    """All of them, in the order in which they are written down here."""
    return tuple(_fields(contract.Contract, ""))


def _fields(model: type[BaseModel], prefix: str) -> Iterator[Field]:
    meant = meanings.of(model)
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        text, below, step = _type(field.annotation)
        yield Field(path=path, type=text, meaning=" ".join(meant.get(name, "").split()))
        if below:
            yield from _fields(below, f"{path}{step}.")


def _type(annotation: Any) -> tuple[str, type[BaseModel] | None, str]:
    """What a value is, the map in it if there is one, and the step that leads there."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "map", annotation, ""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (types.UnionType, typing.Union):
        text, below, step = _type(next(option for option in inner if option is not type(None)))
        return f"{text}, or absent", below, step
    if origin is dict:
        text, below, step = _type(inner[1])
        return f"map of names to {text}", below, f".NAME{step}"
    if origin is list:
        text, below, step = _type(inner[0])
        return f"list of {text}", below, f"[]{step}"
    if origin is Literal:
        return " or ".join(f"`{option}`" for option in inner), None, ""
    return {str: "text", int: "whole number"}[annotation], None, ""


def documentation() -> str:
    """docs/outputs.md."""
    rows = [f"| `{field.path}` | {field.type} | {field.meaning} |" for field in fields()]
    return "\n".join([_INTRODUCTION, "| field | type | meaning |", "|---|---|---|", *rows]) + "\n"


_INTRODUCTION = f"""# Stack outputs

What every stack exports, whichever machines it runs on. Other stacks may build on it: **contract {contract.NUMBER}** only ever
gains fields. One that is removed, renamed or changes its type needs the next number, and a test fails without it
(`tests/contract/contract-{contract.NUMBER}.json` has them as published). So readers check `contract` first and ignore fields
that they do not know.

None of it is secret. `pulumi stack output --json --stack prod` prints it; `examples/consumer` is another Pulumi program that
builds something from it, with a typed reader to copy (`examples/consumer/slipway.py`).

Written by `make docs` from `model/contract.py`; `NAME` stands for any name.
"""


if __name__ == "__main__":
    print(documentation(), end="")
