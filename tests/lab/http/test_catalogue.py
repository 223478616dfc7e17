"""HTTP passes as it is: the same requests to the service itself, to a host and through the edge get the same answers.

Where they do not, docs/http.md says so, and the catalogue names the row.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.lab.http.catalogue import CATALOGUE, Case
from tests.lab.http.conftest import Ways
from tests.lab.http.exchange import Answer, ask

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
PAGE = Path(__file__).parents[3] / "docs" / "http.md"
PARSER = b"Your browser sent an invalid request"
"""HAProxy's words for what it cannot even read, to which no header can be added."""


def answers(case: Case, ways: Ways) -> dict[str, Answer]:
    places = {"alone": ways.alone, "host": ways.at_a_host, "edge": ways.through_the_edge}
    return {place: ask(address, *case.pieces, pause=0.05) for place, address in places.items()}


def as_documented(case: Case, place: str, alone: Answer, found: Answer) -> bool:
    status = getattr(case, place)
    if status is None:
        return found.status == alone.status
    told = status < 400 or found.ours or PARSER in found.body
    return found.status == status and bool(told)


def test_the_catalogue_is_answered_alike_by_the_service_by_a_host_and_through_the_edge(ways: Ways) -> None:
    wrong = []
    for case in CATALOGUE:
        alone, *others = answers(case, ways).items()
        for place, found in others:
            same = found.comparable() == alone[1].comparable()
            if not same and not (case.differs and as_documented(case, place, alone[1], found)):
                wrong.append(f"{case.name}, {place}: {alone[1]} but {found}")
    assert len(CATALOGUE) >= 120
    assert wrong == [], "\n".join(line[:1500] for line in wrong)


def test_each_difference_is_in_the_documentation_and_each_row_there_is_in_the_catalogue() -> None:
    section = PAGE.read_text().split("## What is not the same")[1].split("\n## ")[0]
    rows = set(re.findall(r"^\| \*\*(.+?)\*\* \|", section, re.M))
    assert rows - {"gRPC", "HTTP/2"} == {case.differs for case in CATALOGUE if case.differs}
