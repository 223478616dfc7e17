"""What all tools are measured on: the same lab hosts, one cable to them, and a folder for each tool's own files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cost import Failed
from lab.architecture import native
from lab.lab import Lab
from lab.machine import Machine
from lab.plan import HostPlan
from lab.ssh import USER

PROJECT = Path(__file__).parent.parent.resolve()
SUBNET = "10.78.0.0/24"


@dataclass(frozen=True, kw_only=True)
class Link:
    """The way to the hosts: `delay` in milliseconds there and back, `rate` in Mbit/s there (0: as fast as it goes)."""

    delay: int = 0
    rate: int = 0

    def __str__(self) -> str:
        return f"{self.delay} ms" + (f", {self.rate} Mbit/s" if self.rate else "")


@dataclass(frozen=True, kw_only=True)
class Ground:
    """`hosts` containers named web1, web2 …; `folder` is empty at first."""

    lab: Lab
    hosts: tuple[Machine, ...]
    folder: Path

    @property
    def interface(self) -> str:
        """This machine's end of the cable that leads to all hosts."""
        return self.lab.network.interface

    @property
    def ssh_config(self) -> Path:
        return self.lab.place.ssh_config

    def told(self) -> dict[str, object]:
        """The hosts and the login, as pyinfra's inventory reads them."""
        return {
            "user": USER,
            "key": str(self.lab.place.login_key),
            "known_hosts": str(self.lab.place.known_hosts),
            "hosts": [{"name": host.name, "address": host.address} for host in self.hosts],
        }

    def everywhere(self, command: str) -> None:
        """As root on every host, not measured."""
        for host in self.hosts:
            host.run("sudo -n sh -es", stdin=command)

    @contextmanager
    def shaped(self, link: Link) -> Iterator[None]:
        """What is sent to the hosts takes as long as over `link`, while the body runs. Raises Failed where the kernel cannot."""
        if link.delay:  # netem's own rate, so that both come from one queue
            rate = ["rate", f"{link.rate}mbit"] if link.rate else []
            self._tc("add", "netem", "limit", "100000", "delay", f"{link.delay}ms", *rate)
        elif link.rate:
            self._tc("add", "tbf", "rate", f"{link.rate}mbit", "burst", "32kb", "latency", "400ms")
        try:
            yield
        finally:
            if link.delay or link.rate:
                self._tc("del")

    def _tc(self, action: str, *words: str) -> None:
        command = ["tc", "qdisc", action, "dev", self.interface, "root", *words]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise Failed(
                f"`{' '.join(command)}`: {done.stderr.strip()} (a delay needs the kernel's module sch_netem)"
            )


@contextmanager
def ground(hosts: int, folder: Path) -> Iterator[Ground]:
    """A lab of its own, taken down at the end."""
    plans = [HostPlan(name=f"web{number}", architecture=native()) for number in range(1, hosts + 1)]
    lab = Lab("bench", SUBNET, plans)
    lab.down()
    try:
        lab.up()
        folder.mkdir(parents=True)
        made = Ground(lab=lab, hosts=tuple(lab.machines.values()), folder=folder)
        (folder / "hosts.json").write_text(json.dumps(made.told()))
        yield made
    finally:
        lab.down()
