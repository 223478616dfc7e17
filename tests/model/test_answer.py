"""The activator's line is found in whatever a login shell prints around it."""

import json

import pytest

from model.answer import answer

LINE = {"service": "shop", "release": "0123456789ab", "host": "web1"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("welcome\n", "\n"),
        ("no end of line ", ""),
        ('{"motd": "json, too"}\n', "\nbye\n"),
        ("{\n", "  # and a remark"),
    ],
)
def test_the_last_line_of_the_activator_counts(before: str, after: str) -> None:
    assert answer(f"{before}{json.dumps(LINE)}{after}") == LINE


@pytest.mark.parametrize(
    "printed", ["", "welcome", '{"motd": 1}', "{", "This account is currently not available."]
)
def test_without_one_it_says_what_was_printed_instead(printed: str) -> None:
    with pytest.raises(ValueError, match="no answer"):
        answer(printed)
