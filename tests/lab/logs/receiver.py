"""Where journals go: systemd-journal-remote behind nginx, which asks for a certificate (Debian's program cannot), and a CA."""

from __future__ import annotations

import base64
import collections
import json
from dataclasses import dataclass

from lab.machine import Machine
from tests.lab.logs.told import Entry, once

PLACE = "/etc/ssl/logs"
RECEIVER = """
[Service]
User=systemd-journal-remote
LogsDirectory=journal/remote
ExecStart=/usr/lib/systemd/systemd-journal-remote --listen-http=127.0.0.1:19533 \\
    --output=/var/log/journal/remote/all.journal --split-mode=none
"""
SITE = f"""
server {{
    listen 19532 ssl;
    ssl_certificate {PLACE}/receiver.pem;
    ssl_certificate_key {PLACE}/receiver.key;
    ssl_client_certificate {PLACE}/ca.pem;
    ssl_verify_client on;
    client_max_body_size 0;
    client_body_timeout 1h;
    location = /upload {{
        proxy_pass http://127.0.0.1:19533;
        proxy_http_version 1.1;
        proxy_request_buffering off;
        proxy_read_timeout 1h;
    }}
}}
"""
ISSUED = """
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr 2>/dev/null
printf 'subjectAltName=IP:{address}\\n' >extensions
openssl x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -extfile extensions -out {name}.pem 2>/dev/null
"""


def root(machine: Machine, script: str) -> str:
    return machine.run("sudo -n sh -e", stdin=script).stdout


@dataclass(frozen=True)
class Receiver:
    """On its machine; `stop` and `start` are those of what writes, `shut` and `open` of what listens."""

    machine: Machine

    def install(self) -> None:
        ca = "-subj /CN=logs -addext basicConstraints=critical,CA:TRUE -keyout ca.key -out ca.pem"
        root(
            self.machine,
            f"mkdir -p {PLACE} && cd {PLACE}\n"
            f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 {ca} 2>/dev/null\n"
            f"{ISSUED.format(name='receiver', address=self.machine.address)}"
            f"cat >/etc/systemd/system/receiver.service <<'END'\n{RECEIVER}\nEND\n"
            f"cat >/etc/nginx/conf.d/receiver.conf <<'END'\n{SITE}\nEND\n"
            "systemctl daemon-reload\nsystemctl restart nginx\n",
        )

    def admit(self, machine: Machine) -> None:
        """Gives it a certificate."""
        root(self.machine, f"cd {PLACE}\n{ISSUED.format(name=machine.name, address=machine.address)}")
        for name, wanted in (
            ("ca.pem", "ca.pem"),
            (f"{machine.name}.pem", "own.pem"),
            (f"{machine.name}.key", "own.key"),
        ):
            text = base64.b64encode(root(self.machine, f"cat {PLACE}/{name}").encode()).decode()
            root(machine, f"mkdir -p {PLACE}\numask 077\necho {text} | base64 -d >{PLACE}/{wanted}")

    @property
    def settings(self) -> dict[str, str]:
        return {
            "to": f"https://{self.machine.address}:19532",
            "authority": f"{PLACE}/ca.pem",
            "certificate": f"{PLACE}/own.pem",
            "key": f"{PLACE}/own.key",
        }

    def start(self) -> None:
        root(self.machine, "systemctl start receiver")

    def stop(self) -> None:
        root(self.machine, "systemctl stop receiver")

    def kill(self) -> None:
        root(self.machine, "systemctl kill --signal=KILL receiver; systemctl reset-failed receiver || true")

    def entries(self, tag: str) -> list[Entry]:
        """All that is there under a tag, what is there twice as two."""
        # Of each file by itself: asked together, journalctl shows what is in two of them once.
        script = (
            "for file in /var/log/journal/remote/*; do "
            f"[ ! -e $file ] || journalctl -q --file=$file -o json --output-fields=MESSAGE -t {tag}; done"
        )
        found = map(json.loads, root(self.machine, script).splitlines())
        return [Entry(one["_BOOT_ID"], one["__MONOTONIC_TIMESTAMP"], one["MESSAGE"]) for one in found]

    def got(self, tag: str) -> collections.Counter[str]:
        """How often each line under a tag was written."""
        return once(self.entries(tag))
