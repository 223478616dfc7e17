"""The summary as Markdown: the verdict first, then what is felt, then all else folded; never longer than a comment may be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from summary.masked import masked

LIMIT = 65_000
"""Bytes. GitHub takes 65,536 characters in a comment, GitLab a million."""
MARK = "<!-- slipway preview of {stack} -->"
"""By it a comment is found again, to be updated."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A folded part: `blocks` are whole, each is shown or counted as left out."""

    title: str
    blocks: tuple[str, ...]


def page(stack: str, verdict: str, table: str, sections: Sequence[Section], limit: int = LIMIT) -> str:
    """Sections that come first have the room; what is left out is said."""
    head = masked(f"{MARK.format(stack=stack)}\n{verdict}\n\n{table}")
    parts, left = [head], limit - _size(head) - 200 * len(sections)
    for section in sections:
        shown: list[str] = []
        for block in map(masked, section.blocks):
            if _size(block) > left:
                block = _cut(block, min(left, 6_000))
            if not block:
                break
            shown.append(block)
            left -= _size(block) + 2
        missing = len(section.blocks) - len(shown)
        if missing:
            shown.append(
                f"*{missing} more do not fit into a comment; `make preview STACK={stack} SUMMARY=all` shows all.*"
            )
        between = "\n" if all(block.startswith("- ") for block in section.blocks) else "\n\n"
        inside = between.join(shown)
        parts.append(f"<details><summary>{section.title}</summary>\n\n{inside}\n\n</details>")
    return "\n\n".join(parts) + "\n"


def fenced(text: str, kind: str = "") -> str:
    """As code, whatever backticks stand in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{kind}\n{text}\n{fence}"


def code(text: str) -> str:
    """One word in a line or a cell."""
    plain = text.replace("`", "'").replace("|", "\\|").replace("\n", " ")
    return f"`{plain}`"


def rows(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *body))


def some(names: Sequence[str], most: int = 6) -> str:
    """The first few, and how many more."""
    names = list(dict.fromkeys(names))
    shown = ", ".join(code(name) for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def listed(lines: Sequence[str]) -> Iterator[str]:
    """Each as a point of a list."""
    for line in lines:
        yield f"- {code(line)}"


def _size(text: str) -> int:
    return len(text.encode())


def _cut(block: str, size: int) -> str:
    """Whole lines from its beginning, the fence closed again; empty where not even some fit."""
    lines, used, kept = block.split("\n"), 0, list[str]()
    for line in lines:
        used += _size(line) + 1
        if used > size - 80:
            break
        kept.append(line)
    if len(kept) < 4:
        return ""
    fences = [line for line in kept if re.match(r"`{3,}", line)]
    closing = [re.match(r"`+", fences[-1])[0]] if len(fences) % 2 else []  # type: ignore[index]
    return "\n".join([*kept, *closing, f"*… {len(lines) - len(kept)} more lines*"])
