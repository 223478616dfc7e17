"""What a cluster's API is asked, and what its answers mean, against a server on this machine."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from clusters.api import Namespace
from clusters.errors import ClusterError
from clusters.login import Login

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def api(answer: Answer) -> Iterator[Namespace]:
    """A namespace whose questions `answer` gets. The first token has ended; one that logs in again has `new`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def login(token: str) -> Login:
            return Login(
                server=f"http://127.0.0.1:{server.server_port}",
                context=ssl.create_default_context(),
                headers={"Authorization": f"Bearer {token}"},
                again=lambda: login("new"),
            )

        try:
            yield Namespace(login("old"), "shop")
        finally:
            server.shutdown()


def told(request: BaseHTTPRequestHandler, status: int, content: bytes, length: int | None = None) -> None:
    request.send_response(status)
    request.send_header("Content-Length", str(len(content) if length is None else length))
    request.end_headers()
    request.wfile.write(content)


def test_a_token_that_has_ended_is_asked_for_again_once() -> None:
    seen = list[str]()

    def guarded(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.headers["Authorization"])
        told(request, 200 if seen[-1] == "Bearer new" else 401, b'{"kind": "Pod"}')

    with api(guarded) as namespace:
        assert namespace.get("pods", "shop-1") == namespace.get("pods", "shop-1") == {"kind": "Pod"}
    assert seen == ["Bearer old", "Bearer new", "Bearer new"]
    with api(lambda request: told(request, 401, b"no")) as namespace, pytest.raises(ClusterError) as caught:
        namespace.get("pods", "shop-1")
    assert caught.value.status == 401 and not caught.value.passing


@pytest.mark.parametrize(
    ("answer", "passing"),
    [
        (lambda request: told(request, 200, b"{", length=9), True),
        (lambda request: told(request, 503, b"{", length=9), True),
        (lambda request: told(request, 429, b'{"message": "slower"}'), True),
        (lambda request: told(request, 403, b'{"message": "forbidden"}'), False),
    ],
)
def test_what_may_be_answered_otherwise_in_a_moment_is_told_apart(answer: Answer, passing: bool) -> None:
    with api(answer) as namespace, pytest.raises(ClusterError) as caught:
        namespace.list("pods")
    assert caught.value.passing is passing
