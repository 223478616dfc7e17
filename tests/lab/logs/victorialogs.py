"""Where journals go that is no journal: VictoriaLogs, a database of logs, on this machine's side of the lab's bridge."""

from __future__ import annotations

import base64
import collections
import json
import ssl
import subprocess
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from lab.machine import Machine
from tests.lab.logs.receiver import root
from tests.lab.logs.told import Entry, once
from tools.program import programs

PLACE = "/etc/ssl/victorialogs"
PORT = 9428
_PAIR = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=logs"


@dataclass(kw_only=True)
class VictoriaLogs:
    """At `address`, with all that is its in `folder`."""

    address: str
    folder: Path
    running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def install(self) -> None:
        """Makes its certificate, by which it is known, and one for machines; it asks for none itself."""
        for name, more in (("its", f"-addext subjectAltName=IP:{self.address}"), ("own", "")):
            made = f"{_PAIR} -keyout {name}.key -out {name}.pem {more}"
            subprocess.run(made.split(), cwd=self.folder, check=True, capture_output=True)

    def admit(self, machine: Machine) -> None:
        """Gives it the files that the settings name."""
        for name in ("its.pem", "own.pem", "own.key"):
            text = base64.b64encode((self.folder / name).read_bytes()).decode()
            root(machine, f"mkdir -p {PLACE}\numask 077\necho {text} | base64 -d >{PLACE}/{name}")

    @property
    def settings(self) -> dict[str, str]:
        return {
            "to": f"https://{self.address}:{PORT}/insert/journald",
            "authority": f"{PLACE}/its.pem",
            "certificate": f"{PLACE}/own.pem",
            "key": f"{PLACE}/own.key",
        }

    def start(self) -> None:
        with (self.folder / "said").open("ab") as said:
            self.running = subprocess.Popen(
                [
                    programs("victorialogs") / "victoria-logs",
                    f"-httpListenAddr={self.address}:{PORT}",
                    f"-storageDataPath={self.folder}/data",
                    "-memory.allowedBytes=64MB",
                    "-tls",
                    f"-tlsCertFile={self.folder}/its.pem",
                    f"-tlsKeyFile={self.folder}/its.key",
                ],
                stdout=said,
                stderr=said,
            )

    def stop(self) -> None:
        if self.running:
            self.running.terminate()
            assert self.running.wait(60) == 0, (self.folder / "said").read_text()[-2000:]
            self.running = None

    def got(self, tag: str) -> collections.Counter[str]:
        """How often each line under a tag was written. Raises OSError when it does not answer."""
        asked = urllib.parse.urlencode(
            {"query": f'SYSLOG_IDENTIFIER:="{tag}" | fields _BOOT_ID, _time, _msg'}
        )
        url = f"https://{self.address}:{PORT}/select/logsql/query?{asked}"
        trusted = ssl.create_default_context(cafile=str(self.folder / "its.pem"))
        with urllib.request.urlopen(url, timeout=30, context=trusted) as answer:
            found = map(json.loads, answer)
            return once(Entry(one["_BOOT_ID"], one["_time"], one["_msg"]) for one in found)
