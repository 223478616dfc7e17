"""How the data path is measured, and what its page says of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks import path_page, path_record
from benchmarks.cost import Failed
from benchmarks.idle import held, idle
from benchmarks.path_page import USUAL
from benchmarks.path_record import WAYS, Idle, Passed
from benchmarks.vegeta import load


def of(way: str, best: float = 1000, p99: float = 0.001, turn: int = 1) -> Passed:
    return Passed(
        way=way,
        case=USUAL,
        round=turn,
        best=best,
        rate=500,
        p50=0.0005,
        p99=p99,
        processor=0.0001,
        lost=0,
        load=1,
    )


class Answers(BaseHTTPRequestHandler):
    """Answers /small, over a kept connection, and nothing else."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.peers.add(self.client_address)  # type: ignore[attr-defined]
        self.send_response(200 if self.path == "/small" else 404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    made.daemon_threads = True
    made.peers = set()  # type: ignore[attr-defined]
    threading.Thread(target=made.serve_forever).start()
    yield made
    made.shutdown()
    made.server_close()


def test_what_is_not_answered_with_200_is_lost_and_each_request_may_have_its_own_connection(
    server: ThreadingHTTPServer,
) -> None:
    url = f"http://127.0.0.1:{server.server_port}"
    fresh = load(f"{url}/small", 1, rate=20, fresh=True)
    assert (fresh.requests, fresh.lost) == (20, 0)
    assert len(server.peers) == 20  # type: ignore[attr-defined]
    server.peers.clear()  # type: ignore[attr-defined]
    kept = load(f"{url}/small", 1, rate=20)
    assert 0 < kept.p50 <= kept.p99
    assert len(server.peers) < 20  # type: ignore[attr-defined]
    assert load(f"{url}/none", 1, rate=5).lost == 5


def test_connections_that_the_other_side_closed_are_not_held(server: ThreadingHTTPServer) -> None:
    with idle("127.0.0.1", server.server_port, 5) as opened:
        assert held(opened) == 5
        opened[0].shutdown(socket.SHUT_RDWR)
        assert held(opened) == 4
    with (
        pytest.raises(Failed, match="100000000 connections need as many open files"),
        idle("127.0.0.1", server.server_port, 100_000_000),
    ):
        pass


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    passed, still = [of("edge"), of("nginx")], [Idle(way="host", opened=10, held=9, memory=1_000_000)]
    path_record.write(passed, still, tmp_path / "records")
    assert path_record.read(tmp_path / "records") == (passed, still)
    assert path_record.read(tmp_path / "none") == ([], [])


@pytest.mark.parametrize(
    ("edge", "met"),
    [
        (of("edge", best=700, p99=0.002), [True, True]),
        (of("edge", best=699, p99=0.00201), [False, False]),
    ],
)
def test_a_goal_is_met_up_to_its_limit(edge: Passed, met: list[bool]) -> None:
    found = path_page.goals([of("service"), of("nginx"), edge])
    assert [one.met for one in found] == met


def test_goals_are_of_kept_connections_without_tls_and_of_nothing_not_measured() -> None:
    other = replace(of("edge", best=1), case=replace(USUAL, tls=True))
    assert [one.met for one in path_page.goals([of("service"), of("nginx"), other])] == [None, None]


def test_the_page_shows_medians_of_each_way_and_what_was_kept_open() -> None:
    assert path_page.tables([], []) == "Not measured."
    passed = [of(way, best=best, turn=turn) for way in WAYS for turn, best in enumerate((10, 20, 9000), 1)]
    text = path_page.tables(passed, [Idle(way="edge", opened=10_000, held=1424, memory=5_000_000)])
    assert "| small, kept connections | 20 | 20 | 20 | 20 |" in text
    assert "| small, kept connections | 0.5, 1.0 |" in text
    assert "| small, kept connections | 100 |" in text
    assert "| edge and host | 10,000 | 1,424 | 5.0 |" in text
    assert "Rounds: 3." in text
