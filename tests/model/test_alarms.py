"""The table of alarms: what each leads to, and what the burn rates mean."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from model.alarms import WINDOWS, Watched, alarms, burns, recorded

TABLE = alarms(Watched(service="shop"))
RUNBOOKS = (Path(__file__).parents[2] / "docs/runbooks.md").read_text()


def test_each_alarm_has_a_name_of_its_own_and_a_chapter_that_says_what_to_do() -> None:
    assert len({each.name for each in TABLE}) == len(TABLE)
    chapters = {
        re.sub(r"[^a-z0-9 -]", "", line.removeprefix("## ").lower()).replace(" ", "-")
        for line in RUNBOOKS.splitlines()
        if line.startswith("## ")
    }
    assert {each.runbook for each in TABLE} <= chapters


def test_a_burn_rate_uses_the_part_of_a_month_that_the_workbook_says() -> None:
    hours = {"1h": 1, "6h": 6, "3d": 72}
    used = [round(burn * hours[long] / (30 * 24), 3) for _, burn, long, _ in WINDOWS]
    assert used == [0.02, 0.05, 0.1]


@given(st.floats(50, 99.999))
def test_a_page_asks_for_more_errors_than_a_ticket_and_both_for_no_more_than_there_can_be(
    objective: float,
) -> None:
    page, ticket = (
        [float(each) for each in re.findall(r"> ([0-9.e+-]+)", burns("errors", severity, objective))]
        for severity in ("page", "ticket")
    )
    assert min(page) > max(ticket) > 0


def test_every_window_that_an_alarm_reads_is_recorded() -> None:
    made = {each["record"] for each in recorded(Watched(service="shop"))}
    read = {name for each in TABLE for name in re.findall(r"slipway:[a-z]+:ratio\w+", each.expression)}
    assert read <= made


def test_how_long_an_alarm_waits_follows_from_how_often_one_looks() -> None:
    down = next(each for each in TABLE if each.name == "HostDown")
    differ = next(each for each in TABLE if each.name == "ReleasesDiffer")
    assert [down.rule(every)["for"] for every in (1, 15)] == ["4s", "60s"]
    assert [differ.rule(every)["for"] for every in (1, 15)] == ["900s", "900s"]
