"""What a command cost: its time, its processors and memory, and what it sent."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.wire import Wire

# Set in many images of containers: what is not installed, as a project in a folder is not, would be compiled at each start.
_LEFT_OUT = {"PYTHONDONTWRITEBYTECODE"}


class Failed(Exception):
    """A command that was to succeed did not, or the other way round; holds what it printed."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """seconds: by the clock; cpu: processor seconds of the command and all that it waited for; memory: bytes of the largest of
    these processes; sent, received: bytes over the lab's cable; connections: to SSH; build: seconds of `go build`, where it is
    a command of its own."""

    seconds: float
    cpu: float
    memory: int
    sent: int = 0
    received: int = 0
    connections: int = 0
    build: float = 0

    def __add__(self, other: Cost) -> Cost:
        """One after the other."""
        return Cost(
            seconds=self.seconds + other.seconds,
            cpu=self.cpu + other.cpu,
            memory=max(self.memory, other.memory),
            sent=self.sent + other.sent,
            received=self.received + other.received,
            connections=self.connections + other.connections,
            build=self.build + other.build,
        )


@dataclass(frozen=True, kw_only=True)
class Shell:
    """Where commands run: their folder, what is added to the environment, and where they write what they print."""

    directory: Path
    log: Path
    interface: str
    environment: Mapping[str, str]

    def run(self, words: Sequence[str | Path], succeeds: bool = True) -> Cost:
        """Raises Failed when the command does not end as it should; nobody is at the terminal."""
        given = {**os.environ, **self.environment}
        with self.log.open("ab") as log, Wire(interface=self.interface) as wire:
            log.write(f"\n$ {' '.join(map(str, words))}\n".encode())
            log.flush()
            at, began = log.tell(), time.monotonic()
            process = subprocess.Popen(
                words,
                cwd=self.directory,
                env={name: value for name, value in given.items() if name not in _LEFT_OUT},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(status)
        if (process.returncode == 0) is not succeeds:
            with self.log.open("rb") as log:
                log.seek(at)
                said = log.read().decode(errors="replace")
            raise Failed(f"`{' '.join(map(str, words))}` ended with {process.returncode}:\n{said}")
        return Cost(
            seconds=seconds,
            cpu=usage.ru_utime + usage.ru_stime,
            memory=usage.ru_maxrss * 1024,
            sent=wire.sent,
            received=wire.received,
            connections=wire.connections,
        )
