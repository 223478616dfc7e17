"""What the health check asks and what it reports, with a real service at the other end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from activator import sign
from activator.host import Host
from activator.manifest import Release
from tests.activator.bundles import service


@contextmanager
def served(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[int]:
    """The port of a service that answers so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asked(port: int, **health: object) -> tuple[bool, str]:
    made = service(slots={"blue": port, "green": 1})
    manifest = {**made.manifest, "health": {**made.manifest["health"], **health}}
    release = Release(made.manifest)
    release.health = manifest["health"]
    return sign.well(Host(), release, "blue")


def redirects(request: BaseHTTPRequestHandler) -> None:
    request.send_response(301)
    request.send_header("Location", "https://shop.example/healthz")
    request.end_headers()


def answers_to_its_name(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200 if request.headers["Host"] == "shop.example" else 400)
    request.end_headers()


def test_a_redirect_is_reported_with_where_it_leads_and_what_was_asked() -> None:
    with served(redirects) as port:
        good, said = asked(port)
    assert not good
    assert said == (
        "301 '' with Location https://shop.example/healthz, "
        f"asked with GET http://127.0.0.1:{port}/healthz and Host 127.0.0.1:{port}"
    )


def test_a_service_that_answers_to_its_own_name_alone_is_asked_by_it() -> None:
    with served(answers_to_its_name) as port:
        refused, said = asked(port)
        found, _ = asked(port, host="shop.example")
    assert (refused, found) == (False, True)
    assert f"400 '', asked with GET http://127.0.0.1:{port}/healthz and Host 127.0.0.1:{port}" == said


def test_an_address_is_reachable_once_something_accepts_connections_there() -> None:
    with served(redirects) as port:
        assert Host().unreachable("localhost", port, 5) == ""
    assert "refused" in Host().unreachable("127.0.0.1", port, 5)
    assert Host().unreachable("no.such.name.invalid", 1, 5)
