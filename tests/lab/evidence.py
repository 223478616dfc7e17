"""What hosts themselves say about a service: asked on the host, so that no report of ours has to be believed."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.machine import Machine

# Files with their digests, units, processes with their start times, and the ledger but for what was refused.
_SNAPSHOT = """
for place in /opt /etc/systemd/system /etc/nginx /etc/logrotate.d; do [ ! -e $place ] || find $place -type f -o -type l; done |
  sort | while read -r file; do if [ -L "$file" ]; then readlink "$file"; else sha256sum "$file"; fi; done
systemctl list-units --all --plain --no-legend 'greeter*' nginx.service
for unit in greeter@blue greeter@green greeter-proxy nginx; do systemctl show $unit -p MainPID -p ExecMainStartTimestamp; done
for ledger in /var/lib/slipway/*/ledger.jsonl; do [ ! -e $ledger ] || grep -v '"event": "refused"' $ledger; done
true
"""
BETWEEN_LOOKS = 3.0
"""Seconds: more than the two between a host's proxy's checks of a slot (activator/templates/haproxy.cfg.j2)."""


@dataclass(frozen=True, kw_only=True)
class Process:
    """A running process, as /proc has it: the digest of the very file it runs, and its user's number."""

    sha256: str
    uid: int


def root(machine: Machine, script: str) -> str:
    """What a shell script says that root runs there. Raises LabError when it fails."""
    return machine.run("sudo -n sh", stdin=script).stdout


def process(machine: Machine, pid: int) -> Process:
    told = machine.run(f"sudo -n sh -c 'sha256sum < /proc/{pid}/exe; stat -c %u /proc/{pid}'").stdout.split()
    return Process(sha256=told[0], uid=int(told[2]))


def status(machine: Machine, service: str = "greeter") -> dict[str, Any]:
    """The activator's own line; raises LabError when the service is not there."""
    activator = f"/opt/{service}/app/current/activator.py*"
    return json.loads(machine.run(f"sudo -n python3 {activator} status --service {service}").stdout)


def snapshot(machine: Machine) -> str:
    """Everything that a release could change on the host, as text to compare."""
    return machine.run("sudo -n sh", stdin=_SNAPSHOT).stdout


def snapshots(*machines: Machine) -> dict[str, str]:
    return {machine.name: snapshot(machine) for machine in machines}


_COUNTER = """
table inet watched {
  counter begun { }
  chain input {
    type filter hook input priority -300
    iifname != "lo" tcp flags & (syn | ack) == syn counter name begun
  }
}
"""


def accepted(machine: Machine) -> int:
    """How many TCP connections have been begun to the host from elsewhere, since this was first asked."""
    shown = machine.run("sudo -n nft list counter inet watched begun", check=False).stdout
    if not shown:
        machine.run("sudo -n nft -f -", stdin=_COUNTER)
        return 0
    return int(shown.split("packets ")[1].split()[0])


def logins(machine: Machine) -> int:
    """How many SSH logins the host's journal tells of."""
    told = machine.run(
        "sudo -n journalctl --unit=ssh.service --output=cat --grep='^Accepted ' || true"
    ).stdout
    return len(told.splitlines())


def listening(machine: Machine) -> dict[int, set[str]]:
    """The addresses that each TCP port is open on."""
    found: dict[int, set[str]] = {}
    for line in machine.run("ss -Hltn").stdout.splitlines():
        address, _, port = line.split()[3].rpartition(":")
        found.setdefault(int(port), set()).add(address)
    return found


def greeting(machine: Machine, port: int = 80, path: str = "/") -> dict[str, Any]:
    """What users get there. Raises OSError, or AssertionError for another status than 200."""
    connection = http.client.HTTPConnection(machine.address, port, timeout=20)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, f"{answer.status} {body[:200]!r}"
        return json.loads(body)
    finally:
        connection.close()


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Asks until it holds; a connection that is refused counts as not yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except (OSError, AssertionError, http.client.HTTPException):
            pass
        assert time.monotonic() < end, f"{what} did not come within {seconds:g} s"
        time.sleep(0.1)


def steady(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """As wait_for, of a host that has just started: its proxy may have looked for a slot before it listened, and looks again."""

    def held() -> bool:
        end = time.monotonic() + BETWEEN_LOOKS
        while condition():
            if time.monotonic() > end:
                return True
            time.sleep(0.1)
        return False

    wait_for(held, what, seconds)
