"""Who would be dropped by a bastion is told before anything is made, with the ranges and where they come from."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from logins import outside

KEY = "slipway:regions.eu-central-1.access.bastion.operatorCidrs"
OFFICE = "8.8.4.0/24"


def nobody() -> str | None:
    raise AssertionError("asked without need")


@pytest.mark.parametrize("ranges", [["10.8.0.0/16"], ["203.0.113.0/24", "192.168.1.7/32"], ["fd00::/8"]])
def test_ranges_that_nobody_comes_from_are_told_without_asking_anybody(ranges: list[str]) -> None:
    (line,) = outside.faults({KEY: ranges}, nobody)
    assert line.startswith(f"{KEY} lets in {', '.join(ranges)} alone") and "tunnel" in line


def test_a_preview_asks_nobody_and_says_nothing_of_what_may_be_right() -> None:
    assert outside.faults({KEY: ["10.8.0.0/16", OFFICE]}) == []


def test_who_comes_from_elsewhere_is_told_from_where() -> None:
    (line,) = outside.faults({KEY: [OFFICE]}, lambda: "1.1.1.1")
    assert OFFICE in line and "1.1.1.1" in line and "dropped" in line
    assert outside.faults({KEY: [OFFICE]}, lambda: "8.8.4.4") == []
    assert outside.faults({KEY: ["2600::/16", OFFICE]}, lambda: "8.8.4.4") == []


def test_where_nobody_answers_nothing_is_said() -> None:
    assert outside.faults({KEY: [OFFICE]}, lambda: None) == []


def test_without_a_bastion_nobody_is_asked() -> None:
    assert outside.faults({}, nobody) == []


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def test_the_answer_is_an_address_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")  # SSH goes through none either
    with answering(b"203.0.113.9\n") as url:
        assert outside.address(url) == "203.0.113.9"
    with answering(b"<html>please log in to this network</html>") as url:
        assert outside.address(url) is None


def test_a_site_that_is_not_there_is_no_answer() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert outside.address(f"http://127.0.0.1:{free.getsockname()[1]}/") is None
