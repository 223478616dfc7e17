"""What a drill's numbers are, and when it has passed."""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ET
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from drill import plot, report
from drill.client import Try
from drill.course import Course
from drill.series import Series
from drill.way import How

EU, US = "192.0.2.1", "198.51.100.1"
LOST, RETURNED = 105.0, 140.0


def tried(began: float, seconds: float = 0.1, *, failure: str = "", address: str = US, user: int = 1) -> Try:
    return Try(began=began, ended=began + seconds, address=address, user=user, failure=failure)


def course(*tries: Try, objective: int | None = None, planned: bool = False) -> Course:
    return Course(
        stack="failover",
        region="eu",
        planned=planned,
        how=How.NETWORK,
        bound=20,
        objective=objective,
        regions={EU: "eu", US: "us"},
        began=100.0,
        lost=LOST,
        gone=LOST + 1,
        returned=RETURNED,
        ended=150.0,
        tries=tries,
    )


WELL = (tried(101, address=EU), tried(120), tried(145, address=EU))


def test_the_last_user_in_vain_counts_until_giving_up() -> None:
    found = course(*WELL, tried(107, 5, failure="no answer in time", address=EU))
    assert found.noticed_after == 2
    assert found.served_after == 7
    assert found.passed


def test_one_who_was_on_the_way_when_the_region_was_lost_noticed_at_once() -> None:
    found = course(*WELL, tried(104.5, 5, failure="no answer in time", address=EU))
    assert (found.noticed_after, found.served_after) == (0, 4.5)


def test_nobody_in_vain_is_no_time_at_all() -> None:
    assert (course(*WELL).noticed_after, course(*WELL).served_after, course(*WELL).passed) == (None, 0, True)


def test_later_than_stated_or_than_the_objective_has_failed() -> None:
    assert not course(*WELL, tried(122, 5, failure="x")).passed
    late = tried(115, 5, failure="x")
    assert course(*WELL, late).passed
    assert not course(*WELL, late, objective=10).passed
    assert course(*WELL, late, objective=60).allowed == 20, "an objective allows no more than is stated"


def test_who_fails_before_or_after_has_nothing_to_do_with_the_loss_and_is_not_forgiven() -> None:
    assert not course(*WELL, tried(101, 0.1, failure="x")).passed
    assert not course(*WELL, tried(141, 0.1, failure="x")).passed


def test_a_region_that_goes_on_to_answer_was_not_lost() -> None:
    found = course(*WELL, tried(120, address=EU))
    assert not found.passed
    assert "eu answered 1 requests although it was taken away" in report.verdict(Series([found]))
    assert course(*WELL, tried(105.5, address=EU)).passed, "while its machines were being closed"


def test_it_is_told_when_nobody_could_feel_the_loss() -> None:
    assert course(*WELL).had_users
    assert not course(tried(101), tried(120)).had_users


def test_an_evacuation_loses_nobody() -> None:
    assert course(*WELL, planned=True).passed
    assert not course(*WELL, tried(106, 0.1, failure="x"), planned=True).passed


@given(st.lists(st.tuples(st.floats(105, 139), st.floats(0.01, 5)), min_size=1))
def test_whenever_they_fail_the_time_is_that_of_the_last(failures: list[tuple[float, float]]) -> None:
    found = course(*(tried(began, seconds, failure="x") for began, seconds in failures))
    assert found.served_after == max(began + seconds for began, seconds in failures) - LOST


def test_each_user_counts_until_the_first_answer_that_no_failure_followed() -> None:
    found = course(
        tried(106, 5, failure="x", user=1),
        tried(106.5, 0.5, user=1),
        tried(107, 5, failure="x", user=1),
        tried(108, 0.5, user=1),
        tried(109, 0.5, user=1),
        tried(106, 1, failure="x", user=2),
        tried(104, 0.5, failure="before the loss", user=3),
        tried(110, 0.5, user=3),
    )
    assert found.served_again == [3.5, 45], "who had none until the end counts until then"


@given(st.lists(st.floats(0.1, 14), min_size=1, max_size=60), st.integers(1, 4))
def test_95_of_100_users_of_all_losses_are_served_within_what_is_told(
    times: list[float], losses: int
) -> None:
    failed = [tried(LOST, 1, failure="x", user=user) for user in range(len(times))]
    one = course(*failed, *(tried(LOST + seconds, 0.0, user=user) for user, seconds in enumerate(times)))
    series = Series([one] * losses)
    within, all_of_them = series.within(95), series.served_again
    assert sum(each <= within for each in all_of_them) >= 0.95 * len(all_of_them)
    assert sum(each < within for each in all_of_them) < 0.95 * len(all_of_them)


def test_of_several_losses_one_that_failed_fails_all_and_is_shown() -> None:
    good, bad = (course(*WELL, tried(107, seconds, failure="x"), tried(107 + seconds)) for seconds in (5, 30))
    assert Series([good, good]).passed
    series = Series([good, bad, good])
    assert not series.passed
    assert series.worst is bad
    text = report.text(series, datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC), "it.svg")
    assert text.startswith("# 3 losses of eu, stack failover")
    assert "2 of 3 passed. 95 % of 3 users who met a loss were served again within 15.1 s." in text
    assert "The longest: failed: the last user without an answer gave up 32.0 s after eu was lost" in text
    assert "| 2 | 2.0 s | 15.1 s | 32.0 s | 5 | 1 | failed |" in text


def test_of_several_evacuations_all_requests_are_added_up() -> None:
    series = Series([course(*WELL, planned=True)] * 2)
    assert report.verdict(series) == "2 of 2 passed: 0 of 6 requests got no answer."


def test_the_page_tells_it_all_and_its_picture_can_be_read() -> None:
    found = course(*WELL, tried(107, 5, failure="no answer in time", address=EU))
    text = report.text(Series([found]), datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC), "it.svg")
    assert (
        "Passed: the last user without an answer gave up 7.0 s after eu was lost; 20 s are allowed." in text
    )
    assert "| requests | 4, 1 without an answer |" in text
    assert "| answered by | eu 2, us 1 |" in text
    assert "- no answer in time: 1" in text
    root = ET.fromstring(plot.svg(found))
    colours = [each.get("fill") for each in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert colours.count(plot.FAILED) == 2, "one second of the timeline, and the legend"


def test_a_page_is_named_by_stack_region_and_time(tmp_path: Path) -> None:
    now = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    page = report.write(Series([course(*WELL)]), tmp_path / "drills", now)
    assert page.name == "failover-eu-20260102T030405Z.md"
    assert page.with_suffix(".svg").exists()
