"""The page names only what is there. Needs no hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.faults.page import FLEET, HOST, every_fault, write_page
from tests.lab.faults.promises import PROMISES, Promise
from tests.lab.faults.record import Record

TESTS = Path(__file__).parents[2]
FAULTS = set(every_fault())


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.words[:40])
def test_what_a_promise_names_is_there(promise: Promise) -> None:
    assert set(promise.faults) <= FAULTS
    for test in promise.tests:
        file, name = test.split("::")
        assert f"def {name}(" in (TESTS / file).read_text()
    assert promise.faults or promise.tests


def test_the_page_is_refused_to_a_run_of_some_rows(tmp_path: Path) -> None:
    page = tmp_path / "reliability.md"
    for done in (False, True):
        with pytest.raises(AssertionError, match="rows"):
            write_page(page, [Record(id="disk-full", broken="", where="first", table=FLEET, done=done)])
    assert not page.exists()


def test_the_page_names_the_faults_that_were_left_out(tmp_path: Path) -> None:
    tried = FAULTS - {"clock-jumps"}
    write_page(
        tmp_path / "page.md",
        [Record(id=fault, broken="", where="", table=HOST, done=True) for fault in tried],
    )
    assert "Not tried in the run that wrote this page: **clock-jumps**." in (tmp_path / "page.md").read_text()


def test_the_page_shows_every_row_and_nothing_that_differs_from_run_to_run(tmp_path: Path) -> None:
    said = "error refused on first by deploy@10.81.0.12:22 | release 0123456789ab since 2026-01-02T03:04:05Z"
    records = [
        Record(id=fault, broken="It breaks.", where="first", table=FLEET, said=said, done=True)
        for fault in FAULTS
    ]
    write_page(tmp_path / "page.md", records)
    text = (tmp_path / "page.md").read_text()
    assert all(f"| **{fault}** It breaks. | first | 0, 0 | exit 0 |" in text for fault in FAULTS)
    assert "refused on first by deploy@ADDRESS:22 · release … since … |" in text
