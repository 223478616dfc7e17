"""A host on which the activator is driven directly, and requests to it that never stop."""

from __future__ import annotations

import http.client
import json
import shlex
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

from components import bundle
from lab.lab import Lab
from lab.machine import Machine

UPLOADS = "/home/deploy/.slipway"
ACTIVATOR = f"{UPLOADS}/activator.pyz"
LEDGER = "/var/lib/slipway/greeter/ledger.jsonl"


class Web:
    """A host, what can be released on it, and what its users see."""

    def __init__(self, lab: Lab, machine: Machine) -> None:
        self.lab, self.machine = lab, machine
        self.machine.run(f"mkdir -p {UPLOADS}")

    def upload(self, made: bundle.Bundle) -> str:
        target = f"{self.machine.name}:.slipway/{made.file_name}"
        subprocess.run(["scp", "-q", "-F", self.lab.place.ssh_config, made.path, target], check=True)
        self.out(f"tar -xzf {UPLOADS}/{made.file_name} -C {UPLOADS} activator.pyz")
        return (
            f"sudo -n python3 {ACTIVATOR} apply --bundle {UPLOADS}/{made.file_name} "
            f"--sha256 {made.sha256} --owner me"
        )

    def apply(
        self, made: bundle.Bundle, more: str = "", secrets: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return self.machine.run(f"{self.upload(made)} {more}", check=False, stdin=secrets, timeout=200)

    def live(self, made: bundle.Bundle, more: str = "", secrets: str = "") -> dict[str, Any]:
        """Applies what must succeed, and returns its one line."""
        done = self.apply(made, more, secrets)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def purge(self) -> None:
        take_off = f"sudo -n python3 {ACTIVATOR} remove --service greeter --owner me --purge"
        self.machine.run(f"test ! -e {ACTIVATOR} || {take_off}", timeout=200)

    def activator(self, words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return self.machine.run(
            f"sudo -n python3 {ACTIVATOR} {words} --service greeter", check=False, stdin=stdin
        )

    def begin(self, made: bundle.Bundle, step: str, *more: str) -> None:
        """Starts an apply that nobody waits for, and returns when it is in `step`."""
        command = self.upload(made)
        known = int(self.out(f"sudo -n cat {LEDGER} | wc -l"))
        self.out(f"{command} {' '.join(more)} </dev/null >/dev/null 2>&1 & echo started")
        reached = f"tail -n +{known + 1} {LEDGER} | grep -q 'step.*{step}'"
        self.out(f"sudo -n timeout 60 sh -c {shlex.quote(f'until {reached}; do :; done')}")

    def kept(self) -> list[dict[str, Any]]:
        return json.loads(self.activator("releases").stdout)["kept"]

    def timers(self) -> str:
        return self.out("systemctl list-timers --no-legend 'slipway*'")

    def answers(self) -> bool:
        return self.machine.run("curl -sf localhost:8080/", check=False).returncode == 0

    def status(self) -> dict[str, Any]:
        return json.loads(self.out(f"sudo -n python3 {ACTIVATOR} status --service greeter"))

    def out(self, command: str) -> str:
        return self.machine.run(command).stdout.strip()

    def greeting(self) -> str:
        connection = http.client.HTTPConnection(self.machine.address, 8080, timeout=5)
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.status == 200
        return json.loads(answer.read())["message"]

    def until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "what was waited for did not come"
            time.sleep(0.1)


class Load:
    """Requests that never stop while it is open, over kept and over new connections; counts what users would lose."""

    def __init__(self, address: str) -> None:
        self.address, self.answered, self.lost = address, 0, []
        self.stopping = threading.Event()
        self.threads = [
            threading.Thread(target=self.send, args=(kept,)) for kept in (True, True, False, False)
        ]

    def send(self, kept: bool) -> None:
        connection = http.client.HTTPConnection(self.address, 8080, timeout=10)
        while not self.stopping.wait(0.01):
            try:
                connection.request("GET", "/slow?ms=300" if self.answered % 20 == 0 else "/")
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.lost.append(f"status {answer.status}")
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(repr(error))
                connection.close()
            self.answered += 1
            if not kept:
                connection.close()

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()
