"""Dashboards are what the model says. That each expression finds something is shown by a real Prometheus in tests/lab/monitor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model.dashboards import PAGES, dashboard, text

FILES = Path(__file__).parents[2] / "docs/grafana"


def test_the_files_are_written_from_the_model() -> None:
    assert {each.stem for each in FILES.iterdir()} == set(PAGES)
    for name in PAGES:
        assert (FILES / f"{name}.json").read_text() == text(name), "run `make docs`"


@pytest.mark.parametrize("name", PAGES)
def test_panels_stand_side_by_side_and_ask_the_chosen_prometheus(name: str) -> None:
    made = dashboard(name)
    places = [(each["gridPos"]["x"], each["gridPos"]["y"]) for each in made["panels"]]
    assert len(set(places)) == len(places) and {x for x, _ in places} == {0, 12}
    variables = {each["name"] for each in made["templating"]["list"]}
    for panel in made["panels"]:
        assert panel["datasource"]["uid"] == "${datasource}"
        assert len({each["refId"] for each in panel["targets"]}) == len(panel["targets"])
    assert ("$service" in json.dumps(made["panels"])) == ("service" in variables)
