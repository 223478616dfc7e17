"""A control plane that takes requests and never answers."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from kubelab import keys
from kubelab.control_plane import ControlPlane


def as_server(plane: ControlPlane) -> ssl.SSLContext:
    """With the cluster's own certificate, which all that know the cluster believe."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(plane.place.certificate(keys.SERVER), plane.place.key(keys.SERVER))
    return context


@contextlib.contextmanager
def silent(plane: ControlPlane) -> Iterator[tuple[int, list[str]]]:
    """A port that has the cluster's own certificate, takes requests and never answers; and what it was asked."""
    context, asked, over = as_server(plane), list[str](), threading.Event()

    class Silent(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            over.wait()
            self.close_connection = True

    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port, asked
        finally:
            over.set()
            server.shutdown()
