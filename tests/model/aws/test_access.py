"""Ways to private hosts: exactly one, and never from everywhere where it matters."""

import ipaddress
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from model.aws.access import Access, refusals


def access(**given: Any) -> Access:
    return Access.model_validate_json(json.dumps(given))


def said(**given: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        access(**given)
    return str(caught.value)


@pytest.mark.parametrize(
    "given",
    [{}, {"tunnel": {}, "direct": {"operatorCidrs": ["10.0.0.0/8"]}}, {"tunnel": None}],
)
def test_no_way_and_two_ways_are_refused(given: dict[str, Any]) -> None:
    assert "needs exactly one of `bastion`" in said(**given)


def test_each_way_says_what_it_is_and_from_where_it_lets_in() -> None:
    cidrs = ["203.0.113.0/24", "2001:db8::/32"]
    for way in ("bastion", "direct"):
        found = access(**{way: {"operatorCidrs": cidrs}})
        assert (found.kind, found.operator_cidrs) == (way, tuple(cidrs))
    assert (access(tunnel={}).kind, access(tunnel={}).operator_cidrs) == ("tunnel", ())


@pytest.mark.parametrize(
    ("cidr", "words"),
    [
        ("203.0.113.7/24", "write 203.0.113.0/24"),
        ("office", "not a range of addresses"),
        ("203.0.113.0/33", "not a range of addresses"),
    ],
)
def test_what_is_no_range_is_refused_with_what_was_meant(cidr: str, words: str) -> None:
    assert words in said(bastion={"operatorCidrs": [cidr]})


def test_nobody_allowed_is_refused() -> None:
    assert "operatorCidrs" in said(direct={"operatorCidrs": []})


@given(st.ip_addresses(v=4), st.integers(0, 32), st.sampled_from(["bastion", "direct"]))
def test_protected_hosts_open_ssh_to_no_more_than_one_organisation(
    address: ipaddress.IPv4Address, prefix: int, way: str
) -> None:
    cidr = str(ipaddress.ip_network((address, prefix), strict=False))
    found = access(**{way: {"operatorCidrs": [cidr]}})
    assert bool(refusals(found, protected=True)) == (prefix < 8)
    assert refusals(found, protected=False) == []


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "::/0"])
def test_the_whole_world_is_refused_in_one_sentence_with_a_way_out(cidr: str) -> None:
    (line,) = refusals(access(bastion={"operatorCidrs": [cidr]}), protected=True)
    assert line.startswith(f"access.bastion.operatorCidrs holds {cidr}") and "`tunnel: {}`" in line
    assert line.endswith(".") and "\n" not in line


def test_a_tunnel_opens_nothing() -> None:
    assert refusals(access(tunnel={}), protected=True) == []
