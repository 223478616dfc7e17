"""The page: bounded, and whole Markdown however it is cut."""

import re

import pytest

from summary.page import LIMIT, Section, fenced, page


@pytest.mark.parametrize("blocks", [3, 40, 4000])
def test_it_is_never_longer_than_a_comment_may_be_and_says_what_is_missing(blocks: int) -> None:
    long = tuple(
        fenced("\n".join(f"+line {number} of ü" for number in range(200)), "diff") for _ in range(blocks)
    )
    points = tuple(f"- step {number}" for number in range(blocks))
    made = page(
        "prod",
        "**verdict**",
        "| table |",
        [Section(title="a", blocks=long), Section(title="b", blocks=points)],
    )
    assert len(made.encode()) < 65_536
    assert made.startswith("<!-- slipway preview of prod -->\n**verdict**")
    assert len(re.findall("^```", made, re.MULTILINE)) % 2 == 0
    assert made.count("<details>") == made.count("</details>") == 2
    assert ("more do not fit" in made) == (blocks > 3)


def test_without_a_bound_nothing_is_left_out() -> None:
    blocks = tuple(f"- {'x' * 100} {number}" for number in range(2 * LIMIT // 100))
    made = page("prod", "v", "t", [Section(title="a", blocks=blocks)], limit=10_000_000)
    assert all(block in made for block in blocks)


def test_code_with_backticks_ends_where_it_should() -> None:
    assert fenced("a\n````\nb").startswith("`````\n")


def test_every_part_of_it_is_masked() -> None:
    secret = "redis://:hunter22@db"
    made = page("prod", f"**{secret}**", secret, [Section(title="a", blocks=(fenced(secret),))])
    assert "hunter22" not in made and made.count("[secret]") == 3
