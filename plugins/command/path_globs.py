"""Finds files by the globs of `assetPaths` and `archivePaths`. Not for globs of a shell."""

from __future__ import annotations

import os
import re
from pathlib import Path


def matching_files(directory: Path, globs: list[str]) -> list[str]:
    """Files below `directory`, as relative paths in order. Raises ValueError for a glob that cannot be read, OSError.

    Rules apply in turn, `!` excludes what earlier ones took. `*` and `?` stop at `/`, `**` does not; `[a-z]`, `[!a]`
    and `{one,two}` are known.
    """
    rules = [(glob.startswith("!"), _pattern(glob.removeprefix("!"))) for glob in globs]
    found = []
    for folder, folders, files in os.walk(directory, onerror=_raise):
        folders.sort()
        # A link to a directory counts as a file, as it is not walked into.
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in (*files, *links):
            path = (Path(folder) / name).relative_to(directory).as_posix()
            taken = False
            for excludes, pattern in rules:
                if pattern.fullmatch(path):
                    taken = not excludes
            if taken:
                found.append(path)
    return sorted(found)


def _raise(error: OSError) -> None:
    raise error


def _pattern(glob: str) -> re.Pattern[str]:
    tokens = re.compile(r"\*\*|\*|\?|\[!?[^\]]+\]|\\.|[{},]|.", re.DOTALL)
    depth = 0
    parts = []
    for token in tokens.findall(glob):
        match token:
            case "**":
                parts.append(".*")
            case "*":
                parts.append("[^/]*")
            case "?":
                parts.append("[^/]")
            case "{":
                depth += 1
                parts.append("(?:")
            case "}" if depth:
                depth -= 1
                parts.append(")")
            case "," if depth:
                parts.append("|")
            case _ if len(token) > 2 and token.startswith("["):
                parts.append(
                    ("[^" if token[1] == "!" else "[") + token.strip("[]!").replace("\\", "\\\\") + "]"
                )
            case _:
                parts.append(re.escape(token[-1]))
    if depth:
        raise ValueError(f"the glob {glob!r} has a {{ without its }}")
    return re.compile("".join(parts), re.DOTALL)
