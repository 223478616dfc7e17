"""The kernel's values: which machine gets which, what is left out, and what is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from model import tuning
from model.tuning import REFUSED, VALUES, Tuning

PROJECT = Path(__file__).parents[2]


def made(**values: object) -> Tuning:
    return Tuning.model_validate_json(json.dumps(values))


def test_machines_that_users_reach_get_all_and_others_all_but_what_is_for_users() -> None:
    ports = (8080, 18081, 18082)
    assert set(made().values(ports, front=True)) == {each.name for each in VALUES}
    inner = made().values(ports, front=False)
    assert "net.ipv4.tcp_congestion_control" not in inner
    assert inner["net.core.somaxconn"] == "8192"


def test_a_part_is_left_out_with_all_of_its_values() -> None:
    assert not [name for name in made(without=["keepAlive"]).values((80,), front=True) if "keepalive" in name]


def test_outgoing_connections_take_no_port_of_a_service() -> None:
    name = "net.ipv4.ip_local_port_range"
    first = int(made().values((18999,), front=False)[name].split()[0])
    assert first > 18999
    assert name not in made().values((8080, 20001), front=False)


def test_further_values_win() -> None:
    found = made(more={"net.ipv4.tcp_fin_timeout": "20", "vm.max_map_count": "262144"}).values(
        (80,), front=True
    )
    assert (found["net.ipv4.tcp_fin_timeout"], found["vm.max_map_count"]) == ("20", "262144")


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_folklore_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(ValidationError, match="leave it out"):
        made(more={name: "1"})


def test_no_value_of_the_table_is_refused_or_left_as_it_is() -> None:
    named = {each.name for each in VALUES}
    assert not named & set(REFUSED)
    assert not [name for name in named if any(name in row for row in tuning.LEFT)]


def test_the_page_is_the_one_that_the_table_gives() -> None:
    assert (PROJECT / "docs" / "tuning.md").read_text() == tuning.page(), "run `make docs`"
