"""A CA of the tests' own: Pebble, and the name server that it asks, on this machine's side of the lab's bridge."""

from __future__ import annotations

import json
import os
import socket
import socketserver
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab import evidence
from tools.program import program

REFUSED = "blocked.example.com"
"""A name that this CA gives no certificate for, as its policy."""
PORT = 14000


class Names(socketserver.ThreadingTCPServer):
    """Answers every question for an IPv4 address with `address`, and every other one with nothing. Pebble asks over TCP alone."""

    address = "127.0.0.1"
    daemon_threads = True


class _Answer(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        while length := self.rfile.read(2):
            asked = self.rfile.read(struct.unpack("!H", length)[0])
            end = asked.index(b"\0", 12) + 5
            kind = struct.unpack("!H", asked[end - 4 : end - 2])[0]
            assert isinstance(self.server, Names)
            found = kind == 1
            head = asked[:2] + struct.pack("!HHHHH", 0x8580, 1, int(found), 0, 0)
            address = socket.inet_aton(self.server.address)
            record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 1, 4) + address
            answer = head + asked[12:end] + (record if found else b"")
            self.wfile.write(struct.pack("!H", len(answer)) + answer)


@dataclass(kw_only=True)
class Authority:
    """`root` is the certificate by which Pebble's own HTTPS is known; `names` decides where it looks for who asks."""

    directory: str
    root: bytes
    names: Names = field(repr=False)


@contextmanager
def authority(folder: Path, address: str, edge: str) -> Iterator[Authority]:
    """Pebble at `address`, for whom every name leads to `edge`."""
    key, certificate = folder / "pebble.key", folder / "pebble.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-days", "9", "-subj", "/CN=pebble", "-addext", f"subjectAltName=IP:{address}"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    with Names((address, 0), _Answer) as names:
        names.address = edge
        threading.Thread(target=names.serve_forever, daemon=True).start()
        config = {
            "listenAddress": f"{address}:{PORT}",
            "certificate": str(certificate),
            "privateKey": str(key),
            "httpPort": 80,
            "tlsPort": 443,
            "domainBlocklist": [REFUSED],
            # As long as Let's Encrypt's own.
            "profiles": {"default": {"description": "of the tests", "validityPeriod": 90 * 86400}},
        }
        (folder / "pebble.json").write_text(json.dumps({"pebble": config}))
        words = [
            program("pebble"),
            "-config",
            folder / "pebble.json",
            "-dnsserver",
            f"{address}:{names.server_address[1]}",
        ]
        with (folder / "pebble.log").open("w") as log:
            pebble = subprocess.Popen(
                words,
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    "PEBBLE_VA_NOSLEEP": "1",
                    "PEBBLE_WFE_NONCEREJECT": "0",
                    "PEBBLE_AUTHZREUSE": "0",
                },
            )
        try:
            evidence.wait_for(lambda: _listens(address, PORT), "Pebble", 60)
            yield Authority(
                directory=f"https://{address}:{PORT}/dir", root=certificate.read_bytes(), names=names
            )
        finally:
            pebble.terminate()
            pebble.wait(30)
            names.shutdown()


def _listens(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), 2).close()
    except OSError:
        return False
    return True
