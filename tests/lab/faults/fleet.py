"""Three hosts that get releases of a service which can be told to misbehave, and what is asked of them after each fault."""

from __future__ import annotations

import http.client
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.machine import Machine
from tests.lab import evidence
from tests.lab.project import Project, Run, region

SERVICE = "faulty"
PORT = 8080
LEDGER = f"/var/lib/slipway/{SERVICE}/ledger.jsonl"
REVERT = f"slipway-{SERVICE}-revert"
UPLOADS = "/home/deploy/.slipway"
PRECIOUS = f"/opt/{SERVICE}/data/orders"

GATE = {"interval": 0.1, "successes": 2, "minimumHealthy": 0.3, "deadline": 4}
"""A health gate that takes less than a second for a good release and four for a bad one."""

# What no release may leave behind, however it ended. One line for each thing found.
_LEFTOVERS = f"""
cd /opt/{SERVICE}/app 2>/dev/null || exit 0
state=/var/lib/slipway/{SERVICE}
ls -d releases/.staged releases/.replaced-* $state/transaction.json $state/aside /tmp/tmp.* 2>/dev/null
[ ! -d failed ] || [ "$(ls failed | wc -l)" -le 1 ] || echo "failed/: $(ls failed)"
[ "$(ls /home/deploy/.slipway/{SERVICE}-* 2>/dev/null | wc -l)" -le 3 ] || ls /home/deploy/.slipway/{SERVICE}-*
flock -n $state/lock true || echo "locked: $(cat $state/lock)"
slots=$(systemctl is-active {SERVICE}@blue {SERVICE}@green)
[ "$(echo "$slots" | grep -c ^active)" = 1 ] || echo "$slots"
systemctl list-units --failed --plain --no-legend '{SERVICE}*' 'slipway*'
true
"""


@dataclass(kw_only=True)
class Deploy:
    """An `up` that runs beside the test, in a process group of its own."""

    process: subprocess.Popen[str]
    began: float
    output: Path

    def kill(self) -> None:
        """SIGKILL for all of its processes at once, as when the machine that deploys loses its power."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.killpg(self.process.pid, signal.SIGINT)

    def ended(self, seconds: float = 200) -> Run:
        self.process.wait(seconds)
        taken = time.monotonic() - self.began
        return Run(code=self.process.returncode, text=self.output.read_text(), seconds=taken)


@dataclass(kw_only=True)
class Fleet:
    """A stack whose hosts get a release one after another. `good` is what all of them serve between two faults.

    `place` is what their region has besides.
    """

    project: Project
    hosts: tuple[Machine, ...]
    place: dict[str, Any] = field(default_factory=dict)
    good: str = ""
    wanted: str = ""
    sound: bool = False
    _made: int = field(default=0)

    def __post_init__(self) -> None:
        source = Path(__file__).parent / "faulty"
        shutil.copytree(source, self.project.directory / "faulty", dirs_exist_ok=True)

    def configure(
        self,
        greeting: str = "",
        *,
        stack: str = "local",
        hosts: tuple[Machine, ...] | None = None,
        health: dict[str, Any] | None = None,
        drain: float = 3,
        arguments: tuple[str, ...] = (),
        **faults: str,
    ) -> dict[str, Any]:
        """Writes the stack file for a release that nobody has seen, or for `greeting`; returns its settings."""
        if not greeting:
            self._made += 1
            greeting = f"release {self._made}"
        self.wanted = greeting
        settings: dict[str, Any] = {
            "service": {
                "name": SERVICE,
                "source": "faulty",
                "environment": {"PORT": "{port}", "GREETING": greeting, **faults},
                "arguments": list(arguments),
                "health": {**GATE, **(health or {})},
            },
            "regions": {"lab": region(hosts or self.hosts) | self.place},
            "release": {"uncommitted": "allow", "drain": drain, "watch": 0.5, "batches": [1]},
        }
        self.project.configure(settings, stack)
        return settings

    def start(self, stack: str = "local") -> Deploy:
        """Begins an `up` and does not wait for it."""
        output = self.project.directory / f"up-{stack}.txt"
        with output.open("w") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "engine", "up", "--stack", stack],
                cwd=self.project.directory,
                env=self.project.environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        return Deploy(process=process, began=time.monotonic(), output=output)

    def up(self) -> Run:
        return self.start().ended()

    def serves(self, *hosts: Machine) -> list[str]:
        """What each host's users read, asked of the host itself."""
        return [evidence.greeting(host, PORT)["message"] for host in hosts or self.hosts]

    def armed(self) -> list[Machine]:
        """The hosts that go back by themselves unless they are confirmed."""
        asked = f"systemctl is-active {REVERT}.timer"
        return [host for host in self.hosts if host.run(asked, check=False).stdout.strip() == "active"]


def nothing_left(*hosts: Machine) -> None:
    """What a release may leave for a moment is gone soon, on each of the hosts."""
    end = time.monotonic() + 120
    for host in hosts:
        while found := host.run("sudo -n sh", stdin=_LEFTOVERS).stdout:
            assert time.monotonic() < end, f"left behind on {host.name}: {found}"
            time.sleep(0.2)


def on_disk(host: Machine, path: str) -> Path:
    """A file of a container as this machine sees it, also while nobody can reach the host."""
    assert host.is_container
    return host.directory / "upper" / path.lstrip("/")


def events(host: Machine) -> list[str]:
    """The lines of the host's ledger."""
    try:
        return on_disk(host, LEDGER).read_text().splitlines()
    except FileNotFoundError:
        return []


def reaches(host: Machine, known: int, what: str) -> Callable[[], bool]:
    """Whether the ledger has grown beyond `known` lines by one that holds `what`."""
    return lambda: any(what in line for line in events(host)[known:])


def until(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """As evidence.wait_for, but without a pause that a step could pass by in."""
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return
        except (OSError, http.client.HTTPException, AssertionError):
            pass  # nobody answers yet, or only the proxy
        assert time.monotonic() < end, f"{what} did not come within {seconds:g} s"
        time.sleep(0.01)


def root(host: Machine, command: str, check: bool = True) -> str:
    return host.run(f"sudo -n sh -c {shlex.quote(command)}", check=check).stdout.strip()
