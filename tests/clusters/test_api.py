"""What a cluster's API is asked, and what its answers mean, against a server on this machine."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from clusters.api import Namespace
from clusters.errors import ClusterError
from clusters.login import Login, login
from kubelab import keys, place

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def server(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port where `answer` gets all questions, over TLS with `context`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("", 0), Handler) as made:
        made.socket = context.wrap_socket(made.socket, server_side=True) if context else made.socket
        threading.Thread(target=made.serve_forever, daemon=True).start()
        try:
            yield made.server_port
        finally:
            made.shutdown()


@contextmanager
def api(answer: Answer) -> Iterator[Namespace]:
    """A namespace whose questions `answer` gets. The first token has ended; one that logs in again has `new`."""
    with server(answer) as port:

        def logged_in(token: str) -> Login:
            return Login(
                server=f"http://127.0.0.1:{port}",
                context=ssl.create_default_context(),
                headers={"Authorization": f"Bearer {token}"},
                again=lambda: logged_in("new"),
            )

        yield Namespace(logged_in("old"), "shop")


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


def test_a_program_that_cannot_log_in_again_is_not_started_each_second() -> None:
    with api(lambda request: told(request, 401, b"no")) as namespace:
        namespace._login = replace(namespace._login, again=failing)
        with pytest.raises(ClusterError, match=r"401 .*the session has ended") as caught:
            namespace.get("pods", "shop-1")
    assert not caught.value.passing


def failing() -> Login:
    raise ClusterError("aws: the session has ended")


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


def test_a_server_is_known_by_the_name_that_the_kubeconfig_has_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificate is for localhost and 127.0.0.1; behind a tunnel or a balancer the address is another one."""
    monkeypatch.setattr(place, "PROJECT", tmp_path)
    own = place.Place(name="api")
    own.directory.mkdir(parents=True)
    keys.make(own)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate(keys.SERVER), own.key(keys.SERVER))

    def asked(port: int, **more: str) -> Namespace:
        cluster = {
            "server": f"https://127.0.0.2:{port}",
            "certificate-authority": str(own.certificate("ca")),
            **more,
        }
        held = {
            "clusters": [{"name": "k", "cluster": cluster}],
            "contexts": [{"name": "edge", "context": {"cluster": "k"}}],
        }
        return Namespace(login(json.dumps(held), "edge"), "shop")

    with server(lambda request: told(request, 200, b'{"items": []}'), context) as port:
        assert asked(port, **{"tls-server-name": "localhost"}).list("pods") == []
        for wrong in ({}, {"tls-server-name": "other"}):
            with pytest.raises(ClusterError, match="CERTIFICATE_VERIFY_FAILED"):
                asked(port, **wrong).list("pods")
