"""Pulumi.yaml: the project's name, where its stack files are, and the typed schema of its configuration.

Not for values of a stack.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal import stack_yaml
from rehearsal.stack_yaml import StackFileError

TYPES = ("string", "integer", "boolean", "array", "object")
_ATTRIBUTES = frozenset({"type", "items", "description", "secret", "default", "value"})
_INTEGER = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True, kw_only=True)
class ConfigType:
    """One of TYPES; an array has the type of its items. Written as the CLI writes it, e.g. `array<integer>`."""

    name: str
    items: ConfigType | None = None

    def __str__(self) -> str:
        return f"array<{self.items}>" if self.items else self.name

    def accepts(self, value: Any) -> bool:
        """Whether a value out of YAML or JSON fits. Text that reads as an integer or a boolean is one; an
        object may hold anything.
        """
        match self.name:
            case "string":
                return isinstance(value, str)
            case "integer":
                if isinstance(value, str):
                    return _INTEGER.fullmatch(value) is not None
                return (
                    isinstance(value, int | float)
                    and not isinstance(value, bool)
                    and float(value).is_integer()
                )
            case "boolean":
                return isinstance(value, bool) or value in ("true", "false")
            case "object":
                return isinstance(value, dict)
        return isinstance(value, list) and self.items is not None and all(map(self.items.accepts, value))


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One key under `config:`. `starting_value` is its default (or `value`), None when the stack must set it."""

    type: ConfigType | None = None
    secret: bool = False
    starting_value: Any = None


@dataclass(frozen=True, kw_only=True)
class Project:
    """What Pulumi.yaml says. `stack_directory` holds the stack files; `main` is the program's directory or file, if given."""

    name: str
    file: Path
    stack_directory: Path
    main: str | None
    config: Mapping[str, Declaration]


def read_project(directory: Path) -> Project:
    """The project in `directory`. Raises StackFileError."""
    file = next(
        (path for suffix in ("yaml", "yml") if (path := directory / f"Pulumi.{suffix}").is_file()), None
    )
    if file is None:
        raise StackFileError(f"there is no Pulumi.yaml in {directory}; run this in the project's directory")
    content = stack_yaml.load(file)
    try:
        return _project(content, file)
    except StackFileError as error:
        raise StackFileError(f"{file.name}: {error}") from None


def _project(content: dict[str, Any], file: Path) -> Project:
    name = content.get("name")
    if not isinstance(name, str) or not name:
        raise StackFileError("the project has no `name`; give it one")
    declared = content.get("config") or {}
    stack_directory = content.get("stackConfigDir")
    if isinstance(declared, str):
        if stack_directory:
            raise StackFileError(
                "both `config` and `stackConfigDir` name a directory; keep `stackConfigDir` only"
            )
        stack_directory, declared = declared, {}
    if not isinstance(declared, dict):
        raise StackFileError(f"`config:` must map keys to declarations, not hold {type(declared).__name__}")
    return Project(
        name=name,
        file=file,
        stack_directory=file.parent / (stack_directory or ""),
        main=content.get("main"),
        config={key: _declaration(key, raw, name) for key, raw in declared.items()},
    )


def _declaration(key: str, raw: Any, project: str) -> Declaration:
    own = ":" not in key or key.startswith(f"{project}:")
    if re.search(r"[.\[]", key):
        raise StackFileError(
            f"the configuration key '{key}' is a path into another key, which the rehearsal does not "
            f"support; declare the outer key"
        )
    if not isinstance(raw, dict):
        raw = {"default" if own else "value": raw}
    unknown = sorted(raw.keys() - _ATTRIBUTES)
    if unknown:
        raise StackFileError(
            f"the configuration key '{key}' has {unknown[0]!r}; allowed are {', '.join(sorted(_ATTRIBUTES))}"
        )
    default, value = raw.get("default"), raw.get("value")
    if not own:
        _check_foreign(key, raw)
    if default is not None and value is not None:
        raise StackFileError(f"project config '{key}' cannot have both a 'default' and 'value' attribute")
    type_ = _type(key, raw)
    if type_ and default is not None and not type_.accepts(default):
        raise StackFileError(
            f"the default value specified for configuration key '{key}' is not of the expected type '{type_}'"
        )
    return Declaration(
        type=type_, secret=raw.get("secret") is True, starting_value=value if default is None else default
    )


def _check_foreign(key: str, raw: dict[str, Any]) -> None:
    if raw.get("type") is not None:
        raise StackFileError(
            f"configuration key '{key}' is not namespaced by the project and should not define a type"
        )
    if raw.get("default") is not None:
        raise StackFileError(
            f"configuration key '{key}' is not namespaced by the project and should not define a default value; use 'value'"
        )
    if raw.get("value") is None:
        raise StackFileError(f"configuration key '{key}' is namespaced and must provide an attribute 'value'")


def _type(key: str, raw: dict[str, Any]) -> ConfigType | None:
    name = raw.get("type")
    if name is None:
        return None
    if name not in TYPES:
        raise StackFileError(
            f"configuration key '{key}' has the type {name!r}; allowed are {', '.join(TYPES)}"
        )
    items = raw.get("items")
    if name == "array" and not isinstance(items, dict):
        raise StackFileError(
            f"the configuration key '{key}' declares an array but does not specify the underlying type via the 'items' attribute"
        )
    if not isinstance(items, dict):
        return ConfigType(name=name)
    inner = _type(key, items)
    if inner is None:
        raise StackFileError(
            f"the 'items' of configuration key '{key}' need a type; allowed are {', '.join(TYPES)}"
        )
    return ConfigType(name=name, items=inner)
