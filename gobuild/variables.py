"""Values for variables of the program, set when it is linked: `-X` of Go's linker, which is silent about a wrong name."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from gobuild.refusal import Refused

_PLACEHOLDER = re.compile(r"\{(\w*)\}")


def filled(variables: Mapping[str, str], *, version: str, commit: str, time: datetime) -> dict[str, str]:
    """With what stands for `{version}`, `{commit}` and `{time}`; Refused for any other placeholder."""
    known = {
        "version": version,
        "commit": commit,
        "time": time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }

    def value(name: str, given: str) -> str:
        if unknown := next((each for each in _PLACEHOLDER.findall(given) if each not in known), None):
            raise Refused(
                f"variables {name} holds {{{unknown}}}, which stands for nothing: known are {{version}}, {{commit}} and {{time}}"
            )
        return _PLACEHOLDER.sub(lambda found: known[found[1]], given)

    return {name: value(name, given) for name, given in variables.items()}


def of_a_module(variables: Mapping[str, str], version: str) -> dict[str, str]:
    """Filled for a published module; its commit and time are not known before it is built."""
    for name, given in variables.items():
        if found := re.search(r"\{(commit|time)\}", given):
            raise Refused(
                f"variables {name} holds {found[0]}, which only a service with 'source' has: a published module has {{version}}"
            )
    return filled(variables, version=version, commit="", time=datetime.fromtimestamp(0, UTC))


def flags(variables: Mapping[str, str]) -> str:
    """As -ldflags takes them."""
    return "".join(f" -X {_quoted(f'{name}={value}')}" for name, value in sorted(variables.items()))


def _quoted(text: str) -> str:
    # Go splits flags at spaces and knows both quotes, but no escapes.
    if not re.search(r"[\s'\"]", text):
        return text
    return f'"{text}"' if "'" in text else f"'{text}'"


def check(names: Iterable[str], packages: Mapping[str, Path], main: str) -> None:
    """Refused unless each names a string variable of a package of the program: `packages` by import path, `main` among them."""
    for name in names:
        path, _, variable = name.rpartition(".")
        if path == main and main != "main":
            raise Refused(
                f"variables {name} is in the main package, which the linker calls main: write main.{variable}"
            )
        directory = packages.get(main if path == "main" else path)
        if directory is None:
            raise Refused(
                f"variables {name} names package {path}, which is no part of the program: write the whole import path, "
                f"as in {_example(packages, main)}.{variable}"
            )
        if not _declared(directory, variable):
            raise Refused(
                f"variables {name} names no string variable of {path}: there must be 'var {variable} string' or "
                f"'var {variable} = \"…\"' outside of any function"
            )


def _example(packages: Mapping[str, Path], main: str) -> str:
    return next((path for path in packages if path.startswith(f"{main}/")), "main")


def _declared(directory: Path, variable: str) -> bool:
    # What a function call gives at the start would take the linker's value away again.
    name = rf"(?:\w+[ \t]*,[ \t]*)*{variable}(?:[ \t]*,[ \t]*\w+)*"
    value = r"(?:string[ \t]*(?:$|;|//)|(?:string[ \t]*)?=[ \t]*(?:[\"`]|[\w.]+[ \t]*(?:$|;|//)))"
    alone = re.compile(rf"^var[ \t]+{name}[ \t]+{value}", re.MULTILINE)
    grouped = re.compile(rf"^[ \t]+{name}[ \t]+{value}", re.MULTILINE)
    for path in directory.glob("*.go"):
        if not path.name.endswith("_test.go"):
            text = path.read_text(errors="replace")
            groups = re.findall(r"^var[ \t]*\((.*?)^\)", text, re.MULTILINE | re.DOTALL)
            if alone.search(text) or any(grouped.search(group) for group in groups):
                return True
    return False
