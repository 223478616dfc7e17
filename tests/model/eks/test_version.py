"""Until when a version may run. That AWS keeps to these days cannot be proven here: the table names its source."""

from datetime import date, timedelta

import pytest

from model.eks import version

FIRST, *_, LAST = version.SUPPORT


@pytest.mark.parametrize("name", version.SUPPORT)
def test_a_version_is_refused_from_the_day_on_which_its_support_has_ended(name: str) -> None:
    end = version.ends(name, extended=False)
    assert version.refusal(name, end - timedelta(days=1), extended=False) is None
    said = version.refusal(name, end, extended=False)
    assert said and str(end) in said
    assert version.refusal(name, end, extended=True) is None
    last = version.ends(name, extended=True)
    assert version.refusal(name, last - timedelta(days=1), extended=True) is None
    assert version.refusal(name, last, extended=True)


def test_a_refusal_says_where_to_go_or_that_the_table_is_too_old() -> None:
    end = version.ends(FIRST, extended=False)
    assert LAST in (version.refusal(FIRST, end, extended=False) or "")
    far = date(2040, 1, 1)
    assert "model/eks/version.py" in (version.refusal(LAST, far, extended=False) or "")


def test_it_is_a_warning_when_less_than_three_months_are_left() -> None:
    end = version.ends(LAST, extended=False)
    assert not version.told(LAST, end - timedelta(days=91), extended=False)[0]
    warn, sentence = version.told(LAST, end - timedelta(days=90), extended=False)
    assert warn and "in 90 days" in sentence and str(end) in sentence


def test_versions_are_in_order_and_their_days_are_too() -> None:
    assert list(version.SUPPORT) == sorted(version.SUPPORT, key=lambda each: int(each.split(".")[1]))
    days = [each.standard_until for each in version.SUPPORT.values()]
    assert days == sorted(days)
    assert all(each.standard_until < each.extended_until for each in version.SUPPORT.values())
    assert all(int(each.split(".")[1]) >= 30 for each in version.SUPPORT), "the objects need 1.30"
