"""A file of the user's that travels with the release."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from model.setting import Setting

FileName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$", max_length=200)
]
LARGEST = 1 << 20
"""Bytes of all of them: hosts copy them before each change. What is larger is embedded in the program, or is data."""


class OwnFile(Setting):
    """A file that each copy finds below `{files}` (`$SLIPWAY_FILES`), as its own release brought it; read-only."""

    source: str
    """A path, relative to the project."""
    mode: Annotated[str, Field(pattern=r"^0[0-7][0-7]0$")] = "0640"
    """In quotes, such as `"0750"`. It belongs to root and the service's group; others cannot get there."""
    template: bool = False
    """Whether `{port}` and its like are filled in, as in `arguments`."""


def refusals(files: Mapping[str, OwnFile], project: Path) -> list[str]:
    """One sentence for each that cannot travel."""
    lines, total = [], 0
    for name, file in files.items():
        path, key = project / file.source, f"slipway:service.files.{name}.source"
        if not path.is_file():
            lines.append(
                f"{key} is {file.source}, but there is no file {path}; name one, relative to the project."
            )
        else:
            total += path.stat().st_size
    if total > LARGEST:
        lines.append(
            f"slipway:service.files have {total} bytes together; {LARGEST} can travel with a release: embed large ones in the "
            "program, or bring them into its data directory."
        )
    return lines


def contents(files: Mapping[str, OwnFile], project: Path) -> dict[str, bytes]:
    """What they hold, by name."""
    return {name: (project / file.source).read_bytes() for name, file in files.items()}
