"""The configuration of one stack, read from Pulumi.yaml and Pulumi.<stack>.yaml as the CLI reads it.

Not for what the values mean: that is the program's own business.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rehearsal import stack_yaml
from rehearsal.passphrase import Passphrase
from rehearsal.project_schema import Declaration, Project, read_project
from rehearsal.stack_yaml import StackFileError

__all__ = ["StackConfig", "StackFileError", "read_stack_config"]

_STACK_NAME = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True, kw_only=True)
class StackConfig:
    """What a program gets. `values` maps `namespace:key` to text (lists and objects as JSON);
    `secret_keys` are among its keys.
    """

    project: Project
    stack: str
    values: Mapping[str, str] = field(repr=False)
    secret_keys: frozenset[str]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Plain:
    """One decrypted value: its text, whether it was a list or an object, whether any part was secure."""

    text: str
    structured: bool
    secure: bool


def read_stack_config(
    directory: Path, stack: str, environment: Mapping[str, str] = os.environ
) -> StackConfig:
    """The merged, checked, decrypted configuration of `stack` in the project at `directory`. Raises StackFileError.

    A stack value replaces the project's default wholly. A stack without a file has the defaults alone.
    """
    if not _STACK_NAME.fullmatch(stack):
        raise StackFileError(f"a stack's name has letters, digits, '-', '_' and '.', but not {stack!r}")
    project = read_project(directory)
    path = project.stack_directory / f"Pulumi.{stack}{project.file.suffix}"
    content = stack_yaml.load(path) if path.exists() else {}
    try:
        raw = _stack_values(content, project.name)
        decrypt = _decrypter(content, environment)
        return _merge(project, stack, raw, decrypt)
    except StackFileError as error:
        raise StackFileError(f"{path.name}: {error}") from None


def _stack_values(content: dict[str, Any], project: str) -> dict[str, Any]:
    if content.get("environment"):
        raise StackFileError(
            "`environment:` (Pulumi ESC) is not supported by the rehearsal; use the Pulumi CLI"
        )
    raw = content.get("config") or {}
    if not isinstance(raw, dict):
        raise StackFileError(f"`config:` must map keys to values, not hold {type(raw).__name__}")
    values: dict[str, Any] = {}
    for key, value in raw.items():
        full = full_key(key, project)
        if full in values:
            raise StackFileError(
                f"the key {full} is set twice, with and without its namespace; remove one of them"
            )
        values[full] = value
    return values


def full_key(key: str, project: str) -> str:
    """`namespace:key`; the project's namespace when none is given, and `ns:config:key` is `ns:key`. Raises StackFileError."""
    match key.split(":"):
        case [name] if name:
            return f"{project}:{name}"
        case [namespace, name] | [namespace, "config", name] if namespace and name:
            return f"{namespace}:{name}"
    raise StackFileError(f"{key!r} is not a configuration key; keys have the form namespace:name")


def _decrypter(content: dict[str, Any], environment: Mapping[str, str]) -> Callable[[str], str]:
    provider = content.get("secretsprovider") or "passphrase"
    if provider not in ("passphrase", "default"):
        raise StackFileError(
            f"its secrets are kept by {provider}, which the rehearsal cannot use; it reads passphrase-encrypted stacks only: "
            "use the Pulumi CLI, or `pulumi stack change-secrets-provider passphrase`"
        )
    salt = content.get("encryptionsalt")
    if salt:
        return Passphrase(salt=str(salt), environment=environment).decrypt
    keeper = (
        "a cloud key (encryptedkey)"
        if content.get("encryptedkey")
        else "the Pulumi service (no encryptionsalt)"
    )

    def refuse(_: str) -> str:
        raise StackFileError(
            f"its secure values were encrypted by {keeper}, which the rehearsal cannot ask; it reads passphrase-encrypted stacks "
            "only: use the Pulumi CLI, or `pulumi stack change-secrets-provider passphrase`"
        )

    return refuse


def _merge(project: Project, stack: str, raw: dict[str, Any], decrypt: Callable[[str], str]) -> StackConfig:
    declarations = {full_key(key, project.name): (key, each) for key, each in project.config.items()}
    missing = [
        key for full, (key, each) in declarations.items() if full not in raw and each.starting_value is None
    ]
    if missing:
        raise StackFileError(_missing(sorted(missing), stack))
    plain = {key: _to_plain(key, value, decrypt) for key, value in raw.items()}
    for full, (key, declaration) in declarations.items():
        if full in plain:
            continue
        plain[full] = _to_plain(key, declaration.starting_value, decrypt)
    for full, (key, declaration) in sorted(declarations.items()):
        _check(key, declaration, plain[full], stack)
    empty = sorted(key for key, value in raw.items() if value is None)
    return StackConfig(
        project=project,
        stack=stack,
        values={key: value.text for key, value in plain.items()},
        secret_keys=frozenset(key for key, value in plain.items() if value.secure),
        warnings=tuple(
            f'{key} has no value in the stack file and counts as ""; write "" if that is meant'
            for key in empty
        ),
    )


def _missing(keys: list[str], stack: str) -> str:
    names = " and ".join(", ".join(f"'{key}'" for key in keys).rsplit(", ", 1))
    value = "value" if len(keys) == 1 else "values"
    return f"Stack '{stack}' is missing configuration {value} {names}; set it under `config:`, or give Pulumi.yaml a default"


def _check(key: str, declaration: Declaration, value: _Plain, stack: str) -> None:
    if declaration.type is None:
        return
    if declaration.secret and not value.secure:
        raise StackFileError(
            f"Stack '{stack}' with configuration key '{key}' must be encrypted as it's secret; use "
            f"`pulumi config set --secret {key}`"
        )
    content = json.loads(value.text) if value.structured else value.text
    if not declaration.type.accepts(content):
        raise StackFileError(
            f"Stack '{stack}' with configuration key '{key}' must be of type '{declaration.type}'"
        )


def _to_plain(key: str, value: Any, decrypt: Callable[[str], str]) -> _Plain:
    found_secure = False

    def reveal(part: Any) -> Any:
        nonlocal found_secure
        if isinstance(part, dict):
            if list(part) == ["secure"] and isinstance(part["secure"], str):
                found_secure = True
                return decrypt(part["secure"])
            return {name: reveal(item) for name, item in part.items()}
        if isinstance(part, list):
            return [reveal(item) for item in part]
        return part

    try:
        revealed = reveal(value)
    except StackFileError as error:
        raise StackFileError(f"configuration key '{key}': {error}") from None
    structured = isinstance(revealed, dict | list)
    return _Plain(text=_text(revealed), structured=structured, secure=found_secure)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    text = json.dumps(_whole(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # Go's JSON writes these as escapes.
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _whole(value: Any) -> Any:
    """Floats without a fraction as integers, which is how Go's JSON writes them."""
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
