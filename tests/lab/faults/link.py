"""The cable between a host and this machine: how much goes through it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from lab.machine import Machine

RATE = "6mbit"
"""A bundle of 3 MB then takes four seconds."""


@contextmanager
def slow(host: Machine) -> Iterator[None]:
    """What is sent to the host goes at RATE while the body runs."""
    _shape(host, "add", "tbf", "rate", RATE, "burst", "32kb", "latency", "400ms")
    try:
        yield
    finally:
        _shape(host, "del")


def _shape(host: Machine, action: str, *words: str) -> None:
    port = f"vb-{host.name}"[:15]
    command = host.network.entering("tc", "qdisc", action, "dev", port, "root", *words)
    subprocess.run(command, check=True, capture_output=True)
