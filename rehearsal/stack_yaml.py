"""YAML of Pulumi.yaml and stack files as the CLI's Go library reads it. Not for YAML in general.

It differs from PyYAML's own rules where that changes a value: `yes`, `on` and `1:30` are strings, a date is the text
that Go makes of it, and a key that stands twice in one mapping is refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml


class StackFileError(Exception):
    """A project or stack file cannot be used; the message names the file or the key, and the way out."""


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012, PyYAML's own name


def _resolve(kind: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(f"^(?:{pattern})$"), list(first))


_resolve("bool", "true|True|TRUE|false|False|FALSE", "tTfF")
_resolve("int", r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[1-9][0-9_]*|0)", "-+0123456789")
_resolve("float", r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789")
_resolve("float", r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", "-+.")
_resolve("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ].*[0-9:].*)?", "0123456789")
_resolve("merge", "<<", "<")
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile("^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = node.value.replace("_", "")
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    # A leading zero means octal, with or without the `o`.
    return sign * int(digits, 8 if re.fullmatch("0o?[0-7]+", digits) and digits != "0" else 0)


def _float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    if node.value.lower().lstrip("+-") in (".inf", ".nan"):
        raise StackFileError(f"{node.value} is not a value that configuration can have")
    return float(node.value.replace("_", ""))


def _timestamp(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    if len(node.value) > len("2026-01-02"):
        raise StackFileError(f"the time {node.value} must stand in quotes, else the CLI changes its form")
    return f"{node.value} 00:00:00 +0000 UTC"


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[str, Any]:
    written: set[Any] = set()
    for key_node, _ in node.value:
        key = key_node.value
        if key_node.tag != "tag:yaml.org,2002:merge" and key in written:
            line = key_node.start_mark.line + 1
            raise StackFileError(
                f"the key {key} stands twice in one mapping (line {line}); remove one of them"
            )
        written.add(key)
    loader.flatten_mapping(node)
    return {
        _key(loader.construct_object(key, deep=True)): loader.construct_object(value, deep=True)
        for key, value in node.value
    }


def _key(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _float)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load(path: Path) -> dict[str, Any]:
    """The mapping in a file, with string keys; empty for an empty file. Raises StackFileError."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), _Loader)
    except StackFileError as error:
        raise StackFileError(f"{path}: {error}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StackFileError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    except OSError as error:
        raise StackFileError(f"cannot read {path}: {error.strerror}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise StackFileError(f"{path} holds {type(content).__name__}, not a mapping of keys to values")
    return content
