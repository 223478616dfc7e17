"""Each request is one line of JSON at the edge, under the id that the service gets."""

from __future__ import annotations

import json

import pytest

from tests.lab import evidence
from tests.lab.evidence import root
from tests.lab.http.exchange import Answer
from tests.lab.logs.conftest import Logged

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


def given(answer: Answer) -> str:
    """The id that the service got."""
    found = [value for name, value in json.loads(answer.body)["Header"] if name == "X-Request-Id"]
    assert len(found) == 1, found
    return found[0]


def test_the_service_and_the_edges_line_have_the_same_id_which_a_client_cannot_choose(logged: Logged) -> None:
    target = "/mirror?it=%22quoted%22"
    ids = [
        given(logged.get(target, "X-Request-Id: mine", 'User-Agent: a "b" \\c')),
        given(logged.get(target)),
    ]
    assert len(set(ids)) == 2 and "mine" not in ids
    evidence.wait_for(lambda: len(logged.requests(target)) == 2, "two lines")
    lines = logged.requests(target)
    assert [each["id"] for each in lines] == ids
    first = lines[0]
    assert (first["status"], first["method"], first["host"]) == (200, "GET", "shop.example")
    assert first["agent"] == 'a "b" \\c'
    assert first["upstream"] == f"{logged.host.address}:8080"
    assert first["seconds"] < 10 and first["bytes"] > 0 and first["error"] == ""


def test_what_the_edge_answers_itself_is_told_with_the_reason(logged: Logged) -> None:
    root(logged.host, "systemctl stop mirror-proxy.service")
    try:
        assert logged.get("/answer?away").status == 502
    finally:
        root(logged.host, "systemctl start mirror-proxy.service")
    evidence.wait_for(lambda: bool(logged.requests("/answer?away")), "a line")
    assert logged.requests("/answer?away")[0]["error"] == "edge; no host could be reached"


def test_a_trusted_proxys_id_is_kept_unless_it_is_none(logged: Logged) -> None:
    logged.up(trustedProxies=[logged.edge.network.gateway])
    assert given(logged.get("/mirror", "X-Request-Id: 0f-A.b:c=/+_1")) == "0f-A.b:c=/+_1"
    assert len(given(logged.get("/mirror"))) == 32
    assert len(given(logged.get("/mirror", "X-Request-Id: a b"))) == 32
    assert len(given(logged.get("/mirror", f"X-Request-Id: {'a' * 129}"))) == 32


def test_it_can_be_left_out(logged: Logged) -> None:
    logged.up(logs={"requests": False})
    answer = logged.get("/mirror?unseen", "X-Request-Id: mine")
    assert given(answer) == "mine", "then it is the client's and service's own business"
    assert logged.requests("/mirror?unseen") == []
    logged.up()
