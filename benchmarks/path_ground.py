"""The ground of `make bench-path`: an edge and a host as Slipway makes them, the bare service, and one hop of bare nginx."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.ground import PROJECT
from lab.architecture import native
from lab.lab import Lab
from lab.machine import Machine
from lab.plan import HostPlan
from tests.lab.project import Project, region

SUBNET = "10.79.0.0/24"
HERE = Path(__file__).parent
BARE = 9100
TLS = {"certificate": "/etc/ssl/path.pem", "key": "/etc/ssl/path.key"}
UNITS = {
    "service": ("web", "bare.service"),
    "host": ("web", "answers-proxy.service"),
    "nginx": ("edge", "yardstick.service"),
    "edge": ("edge", "nginx.service"),
}
"""Whose processor and memory each way adds: a machine and a unit."""
CERTIFICATE = """
cd /etc/ssl && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=path.example \
  -keyout path.key -out path.pem 2>/dev/null
"""
SERVICE = f"""
running=$(systemctl show --property MainPID --value 'answers@*' | grep -vx 0 | head -1)
cp /proc/$running/exe /usr/local/bin/answers
systemd-run --quiet --unit bare --property LimitNOFILE=65536 --setenv LISTEN=0.0.0.0:{BARE} /usr/local/bin/answers
"""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Two machines and the stack that is on them."""

    edge: Machine
    web: Machine
    project: Project

    def place(self, way: str, tls: bool) -> str:
        """Where it is asked, as the beginning of a URL. The service and a host's proxy know no TLS."""
        ports = {"service": BARE, "host": 8080, "nginx": 8143 if tls else 8100, "edge": 443 if tls else 80}
        machine = getattr(self, UNITS[way][0])
        return f"http{'s' if tls else ''}://{machine.address}:{ports[way]}"

    def processor(self, way: str) -> float:
        """Processor seconds until now of the way's own unit."""
        name, unit = UNITS[way]
        command = f"systemctl show --property CPUUsageNSec --value {unit}"
        return int(getattr(self, name).run(command).stdout) / 1e9

    def memory(self, way: str) -> int:
        """Bytes that the processes of the way's own unit have, what they share counted once."""
        name, unit = UNITS[way]
        command = f"""
            for each in $(ps -eo pid=,unit= | awk '$2 == "{unit}" {{ print $1 }}'); do cat /proc/$each/smaps_rollup; done
        """
        said = getattr(self, name).run("sudo -n sh -es", stdin=command).stdout
        return 1024 * sum(int(kilobytes) for kilobytes in re.findall(r"^Pss: +(\d+) kB", said, re.M))

    def encrypt(self) -> None:
        """From now on the edge speaks TLS."""
        self.project.configure(stack(self.web, self.edge, {"tls": TLS, "names": ["path.example"]}))
        self.project.must_up()


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """A lab of its own, taken down at the end."""
    plans = [
        HostPlan(name="edge", architecture=native(), edge=True),
        HostPlan(name="web", architecture=native()),
    ]
    lab = Lab("path", SUBNET, plans)
    lab.down()
    try:
        lab.up()
        edge, web = lab.machines["edge"], lab.machines["web"]
        project = Project(folder, stack(web, edge, {}))
        project.must_up()
        _root(edge, CERTIFICATE)
        _root(web, SERVICE)
        text = (HERE / "yardstick" / "nginx.conf").read_text()
        edge.run("sudo -n tee /etc/yardstick.conf", stdin=text.replace("SERVICE", f"{web.address}:{BARE}"))
        _root(edge, "systemd-run --quiet --unit yardstick nginx -c /etc/yardstick.conf -g 'daemon off;'")
        yield Ground(edge=edge, web=web, project=project)
    finally:
        lab.down()


def stack(web: Machine, edge: Machine, settings: dict[str, Any]) -> dict[str, Any]:
    """As a stack file has it; `settings` are the edge's."""
    found = region([web], edge)
    found["edge"] |= settings
    return {
        "service": {
            "name": "answers",
            "source": str(PROJECT / "benchmarks" / "answers"),
            "environment": {"LISTEN": "127.0.0.1:{port}"},
        },
        "regions": {"path": found},
        "release": {"uncommitted": "allow", "watch": 0},
    }


def _root(machine: Machine, script: str) -> None:
    machine.run("sudo -n sh -es", stdin=script)
