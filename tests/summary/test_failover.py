"""What a reviewer reads of the front door: how long users of a lost region wait, and how that changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model.front_door.worst_case import SERVED_WITHIN
from summary import events
from summary.compose import compose
from tests.summary.logs import DONE, promised, said, step, write

URL = "https://api.example.com/"
FAILED = {"summaryEvent": {"result": "failed", "isPreview": True}}


def door(seconds: int, objective: int | None = 180, **more: Any) -> dict[str, Any]:
    return {"url": URL, "servedWithin": seconds, "objective": objective, "drained": [], **more}


def page(path: Path, old: dict[str, Any] | None, new: dict[str, Any] | None, *more: dict[str, Any]) -> str:
    stack = step("same", "s", "pulumi:pulumi:Stack", before={"contract": 1, "frontDoor": old})
    log = write(path / "log", stack, *more, promised(contract=1, frontDoor=new), DONE)
    return compose("prod", events.read(log))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (None, door(173), f"`{URL}` {SERVED_WITHIN} **173 s** at the worst (objective: 180 s)."),
        (door(173), door(173), "**173 s** at the worst (objective: 180 s)."),
        (door(173), door(263, 300), "**263 s** at the worst (objective: 300 s), before: 173 s (objective: 180 s)."),
        (door(173), door(173, None), "**173 s** at the worst, before: 173 s (objective: 180 s)."),
        (door(173), door(173, drained=["eu"]), "(objective: 180 s). Drained: `eu`."),
        (door(173), None, f"**No front door any more**: `{URL}`"),
    ],
    ids=["new", "the same", "slower", "no objective", "drained", "gone"],
)  # fmt: skip
def test_the_worst_case_is_told_and_what_it_was(
    tmp_path: Path, old: dict[str, Any] | None, new: dict[str, Any] | None, words: str
) -> None:
    head = page(tmp_path, old, new).partition("<details>")[0]
    assert words in head


def test_the_sum_stands_with_it_as_the_program_says_it(tmp_path: Path) -> None:
    text = page(tmp_path, None, door(12), said("info", f"{URL} {SERVED_WITHIN} 12 s: 10 s a, 2 s b"))
    assert "**12 s** at the worst (objective: 180 s): 10 s a, 2 s b." in text


def test_without_a_front_door_nothing_is_said_nor_where_a_preview_broke_off(tmp_path: Path) -> None:
    assert SERVED_WITHIN not in (text := page(tmp_path, None, None)) and "front door" not in text
    stack = step("same", "s", "pulumi:pulumi:Stack", before={"frontDoor": door(173)})
    broken = write(tmp_path / "broken", stack, promised(), said("error", "no"), FAILED)
    assert "front door" not in compose("prod", events.read(broken))
