"""What a stack of many hosts costs the machine that deploys: `make bench-scale`; hosts are pretended (`benchmarks/fleet.py`).

Writes its part of docs/benchmarks.md. Each number of hosts has a stack of its own; a preview is that of the first `up`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import page, record
from benchmarks.cost import Failed, Shell
from benchmarks.fleet import fleet
from benchmarks.ground import PROJECT
from benchmarks.scale_record import RESULTS, TITLES, Scale, cell
from benchmarks.source import Source
from tests.lab.project import Project


def measured(hosts: int, previews_alone: bool) -> Iterator[Scale]:
    """In the order of TITLES. Raises Failed."""
    with tempfile.TemporaryDirectory(prefix="slipway-scale-") as kept, fleet(hosts, Path(kept)) as made:
        directory = Path(kept).resolve() / "project"
        directory.mkdir()
        service = {
            "name": "greeter",
            "source": "examples/greeter",
            "arguments": ["-addr", "127.0.0.1:{port}"],
        }
        region = {"login": {"user": "deploy", "privateKeyFile": str(made.key)}, "hosts": made.hosts}
        settings = {
            "service": service,
            "regions": {"many": region},
            "release": {"uncommitted": "allow", "watch": 0},
        }
        project = Project(directory, settings)
        source = Source(directory / "examples" / "greeter", "scale")
        shell = Shell(
            directory=directory, log=Path(kept) / "log", interface="lo", environment=project.environment
        )
        # Once before, so that nothing is compiled, downloaded or made for the first time in what is measured.
        shell.run([sys.executable, "-m", "engine", "preview"])
        for what in TITLES:
            if previews_alone and what != "preview":
                return
            if what == "change":
                source.change()
            load = os.getloadavg()[0]
            cost = shell.run([sys.executable, "-m", "engine", "preview" if what == "preview" else "up"])
            yield Scale(
                hosts=hosts,
                what=what,
                seconds=round(cost.seconds, 2),
                cpu=round(cost.cpu, 2),
                memory=cost.memory,
                load=round(load, 1),
            )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    numbers = {"type": lambda text: [int(one) for one in text.split(",")], "metavar": "N,N…"}
    parser.add_argument("--hosts", default=[1, 16, 64, 128], help="default: 1,16,64,128", **numbers)
    parser.add_argument(
        "--previews", default=[256, 1000], help="a preview alone; default: 256,1000", **numbers
    )
    options = parser.parse_args(arguments)
    found: list[Scale] = []
    try:
        for hosts in [*options.hosts, *options.previews]:
            for one in measured(hosts, hosts not in options.hosts):
                print(f"{one.hosts:>5} hosts  {one.what:<8} {cell(one)}", flush=True)
                found.append(one)
    except Failed as failed:
        print(f"bench-scale: {failed}", file=sys.stderr)
        return 1
    RESULTS.write_text("".join(f"{json.dumps(asdict(one))}\n" for one in found))
    page.write(record.read(PROJECT / "docs" / "benchmarks.json"), PROJECT / "docs")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
