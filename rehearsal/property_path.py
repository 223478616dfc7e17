"""Property paths of resource options such as `connection.host` or `triggers[0]`. Not for reading configuration."""

from __future__ import annotations

import re

from rehearsal.values import Secret, Value, Values

Path = tuple[str | int, ...]
_PART = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|\.?([^.\[\]]+)')
MISSING = object()


def parse(text: str) -> Path:
    """`a.b[0]["c.d"]` -> ("a", "b", 0, "c.d"); `*` stands for every key or index."""
    parts: list[str | int] = []
    for quoted, index, name in _PART.findall(text):
        parts.append(int(index) if index.isdigit() else quoted or index or name)
    return tuple(parts)


def get(value: Value, path: Path) -> Value:
    """What is at the path, looking into secrets; MISSING if nothing is."""
    for part in path:
        value = value.value if isinstance(value, Secret) else value
        if isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
            continue
        if isinstance(value, dict) and part in value:
            value = value[part]
        else:
            return MISSING
    return value


def reset(old: Values, new: Values, path: Path) -> Values:
    """`new` with what `old` has at the path, added or removed as need be."""
    result = _reset(old, new, path)
    return result if isinstance(result, dict) else new


def _reset(old: Value, new: Value, path: Path) -> Value:
    if not path:
        return old
    if isinstance(new, Secret):
        inner = _reset(old.value if isinstance(old, Secret) else old, new.value, path)
        return MISSING if inner is MISSING else Secret(inner)
    part, rest = path[0], path[1:]
    if part == "*":
        keys = (
            range(len(new)) if isinstance(new, list) else [*{**new, **old}] if _both_dicts(old, new) else []
        )
        for key in keys:
            new = _reset(old, new, (key, *rest))
        return new
    before = get(old, (part,))
    if isinstance(new, dict):
        after = _reset(before, new.get(str(part), MISSING), rest) if rest else before
        kept = {key: item for key, item in new.items() if key != part}
        return kept if after is MISSING else {**kept, str(part): after}
    if isinstance(new, list) and isinstance(part, int) and part < len(new):
        after = _reset(before, new[part], rest) if rest else before
        return new if after is MISSING else [*new[:part], after, *new[part + 1 :]]
    return new


def _both_dicts(old: Value, new: Value) -> bool:
    return isinstance(old, dict) and isinstance(new, dict)
