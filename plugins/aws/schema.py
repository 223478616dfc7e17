"""Which properties AWS resources have, read from the installed SDK's classes. Not for what the properties mean."""

from __future__ import annotations

import collections.abc
import inspect
import keyword
import typing
import warnings
from functools import cache
from importlib import import_module
from typing import Any

# The SDK's own reading of its classes; there is no public one.
from pulumi import _types as sdk

from plugins.provider import Failure
from plugins.values import UNKNOWN, Value, Values

PROVIDER = "pulumi:providers:aws"


class NoSuchType(Exception):
    """The SDK has no resource of that type."""


def output_names(type: str) -> frozenset[str]:
    """Every output of the resource type, without `id`. Raises NoSuchType."""
    return frozenset(sdk.resource_types(_class(type)))


def failures(type: str, inputs: Values) -> list[Failure]:
    """Missing and misspelt properties at any depth, and lists or maps where there must be none; UNKNOWN fits everywhere."""
    try:
        arguments = _class(type, "Args")
    except NoSuchType:
        return [Failure(property="", reason=f"{type} is no resource of the installed pulumi_aws")]
    return list(_misfits("", inputs, arguments))


def _misfits(prefix: str, values: Values, arguments: Any) -> collections.abc.Iterator[Failure]:
    hints, required = _properties(arguments)
    for name, value in values.items():
        if name in ("version", "pluginDownloadURL") or name.startswith("__"):
            continue
        if name not in hints:
            reason = f"there is no such property; allowed are {', '.join(sorted(hints))}"
            yield Failure(property=prefix + name, reason=reason)
        elif value is not None and value is not UNKNOWN:
            yield from _misfit(prefix + name, value, hints[name])
    for name in sorted(required):
        if values.get(name) is None:
            yield Failure(property=prefix + name, reason="is required and missing")


def _misfit(path: str, value: Value, hint: Any) -> collections.abc.Iterator[Failure]:
    choices = _choices(hint)
    if typing.Any in choices or value is UNKNOWN:
        return
    maps = [choice for choice in choices if _is_map(choice)]
    lists = [choice for choice in choices if typing.get_origin(choice) is collections.abc.Sequence]
    objects = [choice for choice in choices if sdk.is_input_type(choice)]
    if isinstance(value, dict):
        if objects:
            yield from _misfits(f"{path}.", value, objects[0])
        elif not maps:
            yield Failure(property=path, reason="must not be a map")
    elif isinstance(value, list):
        if not lists:
            yield Failure(property=path, reason="must not be a list")
        for index, item in enumerate(value if lists else ()):
            yield from _misfit(f"{path}[{index}]", item, typing.get_args(lists[0])[0])
    elif len(choices) == len(maps) + len(lists) + len(objects):
        wanted = "a list" if lists else "a map"
        yield Failure(property=path, reason=f"must be {wanted}, not {value.__class__.__name__}")


def _choices(hint: Any) -> list[Any]:
    """What a property may be, without the wrappers for values that come later."""
    if hint is None or hint is type(None):
        return []
    origin = typing.get_origin(hint)
    if origin is typing.Union or str(origin) == "<class 'types.UnionType'>":
        return [choice for part in typing.get_args(hint) for choice in _choices(part)]
    if origin is collections.abc.Awaitable or getattr(origin, "__name__", "") == "Output":
        return []
    return [hint]


def _is_map(choice: Any) -> bool:
    return typing.get_origin(choice) is collections.abc.Mapping


@cache
def _properties(arguments: Any) -> tuple[dict[str, Any], frozenset[str]]:
    names = sdk.input_type_py_to_pulumi_names(arguments)
    parameters = inspect.signature(arguments.__init__).parameters
    required = {
        names[name]
        for name, parameter in parameters.items()
        if name in names and parameter.default is inspect.Parameter.empty
    }
    return sdk.input_type_types(arguments), frozenset(required)


@cache
def _class(type: str, suffix: str = "") -> Any:
    if type == PROVIDER:
        return getattr(import_module("pulumi_aws"), f"Provider{suffix}")
    _, path, name = type.split(":")
    module = path.partition("/")[0]
    place = "pulumi_aws" if module == "index" else f"pulumi_aws.{module}{'_' * keyword.iskeyword(module)}"
    try:
        with warnings.catch_warnings():
            # Of every deprecated class in the module; the program hears of those that it uses.
            warnings.simplefilter("ignore", DeprecationWarning)
            resource = getattr(import_module(place), name)
    except (ImportError, AttributeError):
        raise NoSuchType(type) from None
    # Where a part of another resource bears the name already, as that of a bucket's encryption does, the SDK says Init.
    here = import_module(resource.__module__)
    return getattr(here, f"{name}Init{suffix}", None) or getattr(here, f"{name}{suffix}")
