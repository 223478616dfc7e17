"""What the edge and the hosts' proxies do in time: streams, uploads, silence, failures, and who is left out."""

from __future__ import annotations

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lab import evidence
from tests.lab.http.conftest import TIMEOUT, Ways, get
from tests.lab.http.exchange import ask

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]
PIECE = b"4\r\ntext\r\n"


@pytest.mark.parametrize("kind", ["text/html", "text/event-stream", "application/x-ndjson"])
def test_what_is_flushed_arrives_in_pieces_whatever_its_type(ways: Ways, kind: str) -> None:
    answer = get(ways.through_the_edge, f"/stream?type={kind}&pause=500ms", "Accept-Encoding: gzip")
    assert answer.body.count(b"piece") == 4
    assert answer.at[-1] - answer.at[0] > 1, "gathered on the way"


def test_an_upload_is_read_as_it_comes(ways: Ways) -> None:
    head = b"PUT /upload HTTP/1.1\r\nHost: mirror\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = ask(ways.through_the_edge, head + PIECE, *[PIECE] * 4, b"0\r\n\r\n", pause=0.4)
    size, first = answer.body.split()
    assert int(size) == 20
    assert float(first) < 1, "the service got its first byte when all had arrived"


def test_an_upgraded_connection_may_be_silent_longer_than_a_request(ways: Ways) -> None:
    for place in (ways.at_a_host, ways.through_the_edge):
        with socket.create_connection(place, 30) as connection:
            connection.sendall(
                b"GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            assert connection.recv(4096).startswith(b"HTTP/1.1 101")
            time.sleep(TIMEOUT + 2 if place == ways.through_the_edge else 0)
            connection.sendall(b"still there?\n")
            assert connection.recv(4096) == b"still there?\n"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_answer_of_the_service_is_passed_on_run_once_and_leaves_no_host_out(
    ways: Ways, status: int
) -> None:
    answers = [get(ways.through_the_edge, f"/count/s{status}?status={status}&body=why") for _ in range(8)]
    assert {(each.status, each.body, each.ours) for each in answers} == {(status, b"why", "")}
    assert ways.runs(f"s{status}") == 8
    assert {get(ways.through_the_edge, "/answer").status for _ in range(20)} == {200}


def test_a_silent_service_is_given_up_in_time_run_once_and_its_host_stays_in(ways: Ways) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: get(ways.through_the_edge, "/count/slow?pause=8s"), range(6)))
    assert TIMEOUT <= time.monotonic() - began < TIMEOUT + 3
    assert {(each.status, each.ours) for each in answers} == {
        (504, "proxy; the service did not answer in time")
    }
    assert ways.runs("slow") == 6
    assert {get(ways.through_the_edge, "/answer").status for _ in range(20)} == {200}


def test_a_service_that_breaks_off_or_answers_with_too_large_a_head_fails_that_request_alone(
    ways: Ways,
) -> None:
    for target in ("/count/broken?end=break", "/count/broken?large=40000"):
        answers = [get(ways.through_the_edge, target) for _ in range(6)]
        assert {each.status for each in answers} == {502}
        assert all(each.ours.startswith("proxy; the service broke off") for each in answers)
        assert {get(ways.through_the_edge, "/answer").status for _ in range(20)} == {200}
    assert ways.runs("broken") == 12


def test_a_host_whose_proxy_is_gone_is_left_out_without_a_lost_request_and_comes_back(ways: Ways) -> None:
    gone = ways.hosts[1]
    gone.run("sudo systemctl stop mirror-proxy.service")
    try:
        assert {get(ways.through_the_edge, "/answer").status for _ in range(40)} == {200}
    finally:
        gone.run("sudo systemctl start mirror-proxy.service")
    assert_both_answer(ways)


def test_a_host_that_says_nothing_at_all_costs_time_and_no_request(ways: Ways) -> None:
    gone = ways.hosts[1]
    silent = "add table inet silent; add chain inet silent input { type filter hook input priority -10; }; add rule inet silent"
    gone.run(f"sudo nft '{silent} input tcp dport 8080 tcp flags syn / syn,ack drop'")
    gone.run("sudo systemctl restart mirror-proxy.service")  # so that no kept connection is left
    try:
        assert {get(ways.through_the_edge, "/answer").status for _ in range(20)} == {200}
    finally:
        gone.run("sudo nft delete table inet silent")
    assert_both_answer(ways)


def test_when_all_hosts_were_gone_nobody_waits_for_them_to_be_tried(ways: Ways) -> None:
    for host in ways.hosts:
        host.run("sudo systemctl stop mirror-proxy.service")
    try:
        lost = get(ways.through_the_edge, "/answer")
        assert (lost.status, lost.ours) == (502, "edge; no host could be reached")
    finally:
        for host in ways.hosts:
            host.run("sudo systemctl start mirror-proxy.service")
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: get(ways.through_the_edge, "/count/crowd?pause=2s"), range(12)))
    assert [each.status for each in answers] == [200] * 12


def assert_both_answer(ways: Ways) -> None:
    """Each host gets requests again."""
    name = f"back{time.monotonic_ns()}"

    def each() -> bool:
        get(ways.through_the_edge, f"/count/{name}")
        return all(get((host.address, 8080), f"/counted/{name}").body != b"0" for host in ways.hosts)

    evidence.wait_for(each, "a request at both hosts")


def test_a_service_that_hangs_gets_no_more_requests(ways: Ways) -> None:
    ill = ways.hosts[1]
    get((ill.address, 8080), "/hang")

    def noticed() -> bool:
        return get((ill.address, 8080), "/answer").ours.startswith("proxy; no slot of the service is up")

    try:
        evidence.wait_for(noticed, "the proxy to see that the slot does not answer")
        assert {get(ways.through_the_edge, "/answer").status for _ in range(40)} == {200}
    finally:
        ill.run("sudo systemctl restart 'mirror@*'")
    assert_both_answer(ways)


def test_the_edge_does_not_tell_its_version(ways: Ways) -> None:
    assert get(ways.through_the_edge, "/answer").header("server") is None
    refused = get(ways.through_the_edge, "/mirror/%zz")
    assert (refused.status, refused.header("server")) == (400, "nginx")
    assert b"nginx/" not in refused.body


FORGED = (
    *("X-Forwarded-For: 1.2.3.4", "X-Real-IP: 1.2.3.4", "Forwarded: for=1.2.3.4", "X-Forwarded-Proto: https"),
    *("X-Forwarded-Host: evil.example", "X-Forwarded-Port: 1"),
)


@pytest.mark.parametrize("forged", [(), FORGED])
@pytest.mark.parametrize("way", ["at_a_host", "through_the_edge"])
def test_who_the_client_is_stands_in_every_header_and_cannot_be_forged(
    ways: Ways, way: str, forged: tuple[str, ...]
) -> None:
    place: tuple[str, int] = getattr(ways, way)
    found = dict(json.loads(get(place, "/mirror", *forged).body)["Header"])
    with socket.create_connection(place) as connection:
        client = connection.getsockname()[0]
    host = ';host="mirror"' if way == "through_the_edge" else ""
    assert {name: value for name, value in found.items() if "orwarded" in name or name == "X-Real-Ip"} == {
        "X-Real-Ip": client,
        "X-Forwarded-For": client,
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "mirror",
        "X-Forwarded-Port": str(place[1]),
        "Forwarded": f"for={client};proto=http{host}",
    }
