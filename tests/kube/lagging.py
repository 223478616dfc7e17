"""A control plane one of whose servers lags: what it lists is from before, and what happened since comes later.

Where several servers share a cluster, Kubernetes lets each answer a list from what it remembers ("resourceVersion unset or 0" in
its API concepts).
"""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from kubelab.control_plane import ControlPlane
from tests.kube.silent import as_server

LAG = 3.0
"""Seconds after which the server hears of what happened: enough to list all else before."""
HOP = {"connection", "transfer-encoding", "content-length"}


@contextlib.contextmanager
def lagging(plane: ControlPlane, collection: str, kubeconfig: Path) -> Iterator[list[str]]:
    """Writes a kubeconfig for which `collection`, a path of the API, is listed as it is now; gives what was asked so."""
    inside, address = as_server(plane), urlsplit(plane.api.url).netloc
    before, told = json.dumps(plane.api.get(collection)).encode(), list[str]()

    class Server(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_CONNECT(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.connection = inside.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)  # pyright: ignore[reportAttributeAccessIssue]
            self.close_connection = False

        def answer(self) -> None:
            path, _, query = self.path.partition("?")
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if path == collection and self.command == "GET":
                if "watch=" not in query:
                    told.append(self.path)
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(before)))
                    self.end_headers()
                    self.wfile.write(before)
                    return
                time.sleep(LAG)
            upstream = http.client.HTTPSConnection(address, context=plane.api.context)
            with contextlib.closing(upstream):
                asked = {key: value for key, value in self.headers.items() if key.lower() not in HOP}
                upstream.request(self.command, self.path, content or None, asked)
                answered = upstream.getresponse()
                self.send_response(answered.status)
                for key, value in answered.getheaders():
                    if key.lower() not in HOP:
                        self.send_header(key, value)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                while part := answered.read1(65536):
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.write(b"0\r\n\r\n")

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer

        def handle(self) -> None:
            # Whoever watches goes when it has seen enough.
            with contextlib.suppress(OSError, http.client.HTTPException):
                super().handle()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    class Proxy(ThreadingHTTPServer):
        daemon_threads = True

    with Proxy(("127.0.0.1", 0), Server) as server:
        held = json.loads(plane.place.kubeconfig.read_text())
        held["clusters"][0]["cluster"]["proxy-url"] = f"http://127.0.0.1:{server.server_port}"
        kubeconfig.touch(mode=0o600)
        kubeconfig.write_text(json.dumps(held))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield told
        finally:
            server.shutdown()
