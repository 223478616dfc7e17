"""What is to be built: the JSON object on standard input, checked."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gobuild.refusal import Refused
from model import build_options
from model.architecture import Architecture

_SOURCE_KEYS = {"source", "package", "dirty", "workspace", "test"}
_MODULE_KEYS = {"module", "version"}
_SHARED_KEYS = {"name", "architectures", "levels", "out", "tags", "variables", "strip", "profile"}
_NAME = r"[a-z][a-z0-9-]{0,31}"
_MODULE = r"[A-Za-z0-9][A-Za-z0-9._~-]*\.[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*"
# Only a full version always means the same code; "latest" or a branch would not.
_VERSION = r"v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+incompatible)?"


@dataclass(frozen=True, kw_only=True)
class Source:
    """A main package in a directory: `package` is relative to `directory`, as `./cmd/x`, or an import path."""

    directory: Path
    package: str
    refuse_dirty: bool
    workspace: bool
    test: bool


@dataclass(frozen=True, kw_only=True)
class Module:
    """A main package of a published module, at one version."""

    package: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Options:
    """What changes the program besides its code: build tags, values for variables, symbols or none, a CPU profile."""

    tags: tuple[str, ...]
    variables: Mapping[str, str]
    strip: bool
    profile: Path | None


@dataclass(frozen=True, kw_only=True)
class Spec:
    """One service and the architectures, each with its instruction-set level, that it is built for."""

    name: str
    origin: Source | Module
    options: Options
    levels: Mapping[Architecture, str]
    out: Path


def parse(text: str) -> Spec:
    """Read a spec from JSON; raise Refused for anything that it may not hold."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise Refused(f"standard input must hold one JSON object, but is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise Refused(f"standard input must hold one JSON object, not {text.strip()[:40]!r}")
    if ("source" in given) == ("module" in given):
        raise Refused("give either 'source' (a directory) or 'module' (a path, with 'version'), and not both")
    allowed = _SHARED_KEYS | (_SOURCE_KEYS if "source" in given else _MODULE_KEYS)
    if unknown := sorted(set(given) - allowed):
        raise Refused(f"key {unknown[0]!r} is unknown: allowed are {', '.join(sorted(allowed))}")
    name = _text(given, "name")
    _match(_NAME, "name", name, "lower-case letters, digits and hyphens, at most 32, the first a letter")
    return Spec(
        name=name,
        origin=_source(given) if "source" in given else _module(given),
        options=_options(given),
        levels=_levels(given),
        out=Path(_text(given, "out", ".slipway/build")),
    )


def _source(given: dict[str, Any]) -> Source:
    package = _text(given, "package", ".")
    if package.startswith(("/", "-")) or "..." in package or ".." in package.split("/"):
        raise Refused(
            f"package {package!r} must name one directory inside the source, as '.' or './cmd/name'"
        )
    dirty = _text(given, "dirty", "allow")
    if dirty not in ("allow", "refuse"):
        raise Refused(f"dirty {dirty!r} is unknown: it must be 'allow' or 'refuse'")
    return Source(
        directory=Path(_text(given, "source")),
        package=package,
        refuse_dirty=dirty == "refuse",
        workspace=_flag(given, "workspace", True),
        test=_flag(given, "test", False),
    )


def _module(given: dict[str, Any]) -> Module:
    package = _text(given, "module")
    if "://" in package or "@" in package:
        path, _, at = package.rpartition("://")[2].partition("@")
        hint = f", and version {at!r} beside it" if at else ""
        raise Refused(f"module {package!r} is no path of a package: write {path!r}{hint}")
    _match(
        _MODULE, "module", package, "the path of a main package, as 'example.com/team/service/cmd/service'"
    )
    if "version" not in given:
        raise Refused(f"module {package!r} has no 'version': give a full one, as 'v1.2.3'")
    version = _text(given, "version")
    hint = f"; write 'v{version}'" if re.fullmatch(_VERSION, f"v{version}") else ""
    _match(
        _VERSION,
        "version",
        version,
        f"a full version, as 'v1.2.3', since nothing else is the same code tomorrow{hint}",
    )
    return Module(package=package, version=version)


def _options(given: dict[str, Any]) -> Options:
    tags, variables = given.get("tags", []), given.get("variables", {})
    if not isinstance(tags, list) or not all(isinstance(each, str) for each in tags):
        raise Refused(f"'tags' must be a list of build tags, not {tags!r}")
    if not isinstance(variables, dict) or not all(isinstance(each, str) for each in variables.values()):
        raise Refused(
            f'\'variables\' must be an object as {{"main.commit": "{{commit}}"}}, not {variables!r}'
        )
    profile = Path(_text(given, "profile")).resolve() if given.get("profile") is not None else None
    if profile and not profile.is_file():
        raise Refused(f"profile {given['profile']!r} is no file: give a CPU profile of the running program")
    try:
        for tag in tags:
            build_options.check_tag(tag)
        for name, value in variables.items():
            build_options.check_variable(name, value)
    except ValueError as error:
        raise Refused(str(error)) from None
    return Options(
        tags=tuple(sorted(set(tags))),
        variables=variables,
        strip=_flag(given, "strip", True),
        profile=profile,
    )


def _levels(given: dict[str, Any]) -> dict[Architecture, str]:
    names, levels = given.get("architectures"), given.get("levels", {})
    if not isinstance(names, list) or not names:
        raise Refused("'architectures' must be a list of at least one of: " + _all_architectures())
    if not isinstance(levels, dict):
        raise Refused(f'\'levels\' must be an object as {{"amd64": "v2"}}, not {levels!r}')
    try:
        for name, level in levels.items():
            Architecture.parse(name).check_level(str(level))
        architectures = [Architecture.parse(str(name)) for name in names]
    except ValueError as error:
        raise Refused(str(error)) from None
    return {each: levels.get(each.value, each.default_level) for each in architectures}


def _all_architectures() -> str:
    return ", ".join(each.value for each in Architecture)


def _text(given: dict[str, Any], key: str, default: str | None = None) -> str:
    value = given.get(key, default)
    if not isinstance(value, str) or not value:
        raise Refused(f"{key!r} must be a non-empty string, not {value!r}")
    return value


def _flag(given: dict[str, Any], key: str, default: bool) -> bool:
    value = given.get(key, default)
    if not isinstance(value, bool):
        raise Refused(f"{key!r} must be true or false, not {value!r}")
    return value


def _match(pattern: str, key: str, value: str, meaning: str) -> None:
    if not re.fullmatch(pattern, value):
        raise Refused(f"{key} {value!r} is not allowed: it must be {meaning}")
