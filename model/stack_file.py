"""A stack file as it is written: what is encrypted in it, and what a value was before YAML read it. Not for what it means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Place = tuple[int | str, ...]
"""Where a value stands below the namespace, as in ("service", "environment", "PORT")."""
_TEXT = "tag:yaml.org,2002:str"


class StackFile:
    """The keys of one namespace. Knows nothing of a file that is not there, or that is no YAML: others say so."""

    def __init__(self, text: str, namespace: str) -> None:
        self._text, self._keys = text, dict[str, yaml.Node]()
        try:
            # The base loader takes every scalar for a text, so nothing is changed; explicit tags remain.
            root = yaml.compose(text, yaml.BaseLoader)
        except yaml.YAMLError:
            return
        for key, value in _entries(_child(root, "config")):
            # The project has the namespace's name, so keys may stand without it.
            self._keys[key.removeprefix(f"{namespace}:")] = value

    @classmethod
    def read(cls, path: Path, namespace: str) -> StackFile:
        try:
            return cls(path.read_text(encoding="utf-8-sig"), namespace)
        except (OSError, UnicodeDecodeError):
            return cls("", namespace)

    def encrypted(self) -> list[Place]:
        """Every place that holds an encrypted value."""
        return [place for place, node in self._all() if _is_encrypted(node)]

    def tagged(self) -> list[tuple[Place, str]]:
        """Every place whose value has a tag of its own, such as `!!binary`, that makes something else of its text."""
        kinds = {yaml.ScalarNode: _TEXT, yaml.SequenceNode: "seq", yaml.MappingNode: "map"}
        return [
            (place, node.tag.replace("tag:yaml.org,2002:", "!!"))
            for place, node in self._all()
            if not node.tag.endswith(kinds[type(node)])
        ]

    def is_plain(self, place: Place) -> bool:
        """Whether the file has a value there, and anybody can read it."""
        node = self._node(place)
        return node is not None and not _is_encrypted(node)

    def is_quoted(self, place: Place) -> bool:
        """Whether it is a text in any case, however it looks."""
        node = self._node(place)
        return isinstance(node, yaml.ScalarNode) and node.style is not None

    def written(self, place: Place) -> str | None:
        """The value as it stands in the file, on one line; None where that is not known."""
        node = self._node(place)
        if node is None:
            return None
        if isinstance(node, yaml.ScalarNode):
            return node.value
        text = self._text[node.start_mark.index : node.end_mark.index]
        inline = isinstance(node, yaml.CollectionNode) and node.flow_style
        return text if inline and "\n" not in text else None

    def _node(self, place: Place) -> yaml.Node | None:
        node = self._keys.get(str(place[0])) if place else None
        for part in place[1:]:
            node = _child(node, part)
        return node

    def _all(self) -> Iterator[tuple[Place, yaml.Node]]:
        waiting: list[tuple[Place, yaml.Node]] = [((key,), node) for key, node in self._keys.items()]
        while waiting:
            place, node = waiting.pop(0)
            yield place, node
            if not _is_encrypted(node):
                waiting[:0] = [((*place, part), child) for part, child in _children(node)]


def shown(place: Place, namespace: str) -> str:
    """As `pulumi config set --path` takes it: `slipway:service.arguments[0]`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return f"{namespace}:{text}"


def _is_encrypted(node: yaml.Node | None) -> bool:
    entries = list(_entries(node))
    return [key for key, _ in entries] == ["secure"] and isinstance(entries[0][1], yaml.ScalarNode)


def _entries(node: Any) -> Iterator[tuple[str, yaml.Node]]:
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if isinstance(key, yaml.ScalarNode):
            yield key.value, value


def _children(node: yaml.Node) -> Iterator[tuple[int | str, yaml.Node]]:
    yield from enumerate(node.value) if isinstance(node, yaml.SequenceNode) else _entries(node)


def _child(node: yaml.Node | None, part: int | str) -> yaml.Node | None:
    return dict(_children(node)).get(part) if node is not None else None
