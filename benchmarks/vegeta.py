"""The load of `make bench-path`: vegeta, which sends by the clock whatever the answers do, pinned by tools/vegeta."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass

from benchmarks.cost import Failed
from tools.program import program

WORKERS = 32
"""Requests that are under way at a time when as many as possible are sent."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What was answered: requests a second, the seconds that the median and the 99th of a hundred took; `lost` were not 200."""

    rate: float
    requests: int
    p50: float
    p99: float
    lost: int


def load(url: str, seconds: float, *, rate: float | None = None, fresh: bool = False) -> Load:
    """GET of `url` for some seconds: `rate` of them a second, or as many as are answered; `fresh`: each over a new connection.

    A certificate is taken as it is, and each new connection of TLS shakes hands in full. Raises Failed.
    """
    words = [
        *(str(program("vegeta")), "attack", "-insecure", "-http2=false", "-max-body=0", "-timeout=10s"),
        *(f"-duration={seconds}s", f"-keepalive={'false' if fresh else 'true'}"),
        *(["-rate=0", f"-max-workers={WORKERS}"] if rate is None else [f"-rate={max(1, round(rate))}"]),
    ]
    sent = subprocess.run(words, input=f"GET {url}\n".encode(), capture_output=True)
    told = subprocess.run([program("vegeta"), "report", "-type=json"], input=sent.stdout, capture_output=True)
    if sent.returncode or told.returncode:
        raise Failed(f"vegeta: {(sent.stderr + told.stderr).decode()}")
    found = json.loads(told.stdout)
    return Load(
        rate=found["throughput"],
        requests=found["requests"],
        p50=found["latencies"]["50th"] / 1e9,
        p99=found["latencies"]["99th"] / 1e9,
        lost=found["requests"] - found["status_codes"].get("200", 0),
    )
