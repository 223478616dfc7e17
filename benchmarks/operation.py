"""What all that operates a host adds to a release: `python -m benchmarks --operation`. Prints medians.

The same service on two hosts, each behind an edge; one pair has nothing but the service, the other a packet filter, values of the
kernel, HTTPS, a journal that is sent, and a monitor. Both get the same change, in turns.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from pathlib import Path

from benchmarks.cost import Failed
from benchmarks.ground import ground
from lab.kind import Kind
from lab.lab import Lab
from tests.lab.faults.fleet import Fleet
from tests.lab.faults.operated import Around
from tests.lab.logs.receiver import Receiver
from tests.lab.project import Project, region


def measure(rounds: int) -> None:
    """Raises Failed when a release fails."""
    taken: dict[str, list[float]] = {"without": [], "with": []}
    loads: list[float] = []
    with (
        tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder,
        ground(0, Path(folder) / "ground") as made,
    ):
        fleets = _fleets(made.lab, Path(folder))
        for turn in range(rounds):
            for name in sorted(fleets, reverse=turn % 2 == 0):
                loads.append(os.getloadavg()[0])
                taken[name].append(_released(fleets[name]))
                print(f"round {turn + 1:>2}  {name:<8} {taken[name][-1]:5.2f} s", flush=True)
    for name, each in taken.items():
        print(f"{name:<8} {statistics.median(each):.2f} s ({min(each):.2f} to {max(each):.2f})")
    apart = [one - other for one, other in zip(taken["with"], taken["without"], strict=True)]
    print(
        f"{statistics.median(apart):+.2f} s between the two of a round ({min(apart):+.2f} to {max(apart):+.2f}), "
        f"for a host and its edge; load of the machine {min(loads):.1f} to {max(loads):.1f}"
    )


def _fleets(lab: Lab, folder: Path) -> dict[str, Fleet]:
    names = ("bare", "bare-edge", "full", "full-edge", "full-monitor")
    bare, bare_edge, full, full_edge, monitor = (lab.add(name, kind=Kind.OBSERVED) for name in names)
    fleets: dict[str, Fleet] = {}
    for name, host in (("without", bare), ("with", full)):
        (folder / name).mkdir()
        fleets[name] = Fleet(project=Project(folder / name, {}), hosts=(host,))
    fleets["without"].place = region([bare], bare_edge)
    _released(fleets["without"])
    Around(fleet=fleets["with"], edge=full_edge, monitor=monitor, sink=Receiver(monitor)).operate()
    return fleets


def _released(fleet: Fleet) -> float:
    """Seconds of an `up` with another value in the service's environment."""
    fleet.configure()
    done = fleet.up()
    if done.code:
        raise Failed(done.text)
    return done.seconds
