"""Secrets in what a service prints: none is left, in whatever form, wherever it was cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activator.environment import environment_file, environment_values
from activator.redaction import LONGEST, reason, redact

VALUES = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=40)


@given(st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]{0,9}", fullmatch=True), VALUES, max_size=4))
def test_the_environment_file_of_a_slot_is_read_as_it_was_written(values: dict[str, str]):
    assert dict(environment_values(environment_file(values))) == values


@pytest.mark.parametrize(
    "value", ["hunter22", 'say "friend" \\ and enter', "two words & <tags>", "Schlüssel\twort"]
)
@pytest.mark.parametrize("printed", ["plain", "Python", "JSON", "JSON in ASCII", "JSON for HTML"])
def test_a_secret_is_gone_in_each_form_that_services_print(value: str, printed: str):
    line = {
        "plain": value,
        "Python": repr(value)[1:-1],
        "JSON": json.dumps(value, ensure_ascii=False)[1:-1],
        "JSON in ASCII": json.dumps(value)[1:-1],
        "JSON for HTML": json.dumps(value, ensure_ascii=False)[1:-1]
        .replace("&", "\\u0026")
        .replace("<", "\\u003c")
        .replace(">", "\\u003e"),
    }[printed]
    assert redact(f"got {line}.", [("KEY", value)]) == "got [KEY]."


def test_each_line_of_a_secret_of_many_lines_is_gone_because_the_journal_parts_them():
    key = "-----BEGIN KEY-----\nabcdefgh\nijklmnop\n-----END KEY-----\n"
    assert redact("a: ijklmnop\nb: abcdefgh", [("KEY", key)]) == "a: [KEY]\nb: [KEY]"


def test_a_secret_within_another_does_not_leave_the_rest_of_the_longer_one():
    secrets = [("SHORT", "hunter"), ("LONG", "hunter22hunter")]
    assert redact("it is hunter22hunter", secrets) == "it is [LONG]"


@given(st.integers(0, 3 * LONGEST))
def test_a_reason_that_is_cut_shows_no_half_of_a_secret(before: int):
    secret = "canary0123456789" * 4
    told = reason("x" * before + secret + "y" * LONGEST, [("KEY", secret)])
    assert "cana" not in told
    assert len(told) <= LONGEST + 2
