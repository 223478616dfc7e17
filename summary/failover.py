"""How long users of a lost region wait at the worst, before and after a change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.front_door.worst_case import SERVED_WITHIN
from summary.events import Preview
from summary.page import code


def told(preview: Preview) -> str:
    """One sentence, with the sum where the program has said it; empty where there is no front door."""
    old, new = preview.outputs.get("frontDoor") or {}, preview.promised.get("frontDoor") or {}
    if not new:
        # A preview that broke off promises nothing, and so takes nothing away.
        gone = old and preview.finished and preview.promised
        return f"**No front door any more**: {code(old['url'])} moved users of a lost region." if gone else ""
    text = f"{code(new['url'])} {SERVED_WITHIN} **{_seconds(new)}** at the worst{_objective(new)}"
    before = f", before: {_seconds(old)}{_objective(old)}" if old and _facts(old) != _facts(new) else ""
    drained = f" Drained: {', '.join(map(code, new['drained']))}." if new.get("drained") else ""
    return f"{text}{before}{_sum(preview)}.{drained}"


def _seconds(door: Mapping[str, Any]) -> str:
    return f"{door['servedWithin']} s"


def _objective(door: Mapping[str, Any]) -> str:
    return f" (objective: {door['objective']} s)" if door.get("objective") else ""


def _facts(door: Mapping[str, Any]) -> tuple[Any, Any]:
    return door["servedWithin"], door.get("objective")


def _sum(preview: Preview) -> str:
    """Step after step, as the program says it."""
    for remark in preview.remarks:
        if steps := remark.partition(f"{SERVED_WITHIN} ")[2].partition(" s: ")[2]:
            return f": {steps}"
    return ""
