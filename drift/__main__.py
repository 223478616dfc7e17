"""Command line: machines of a stack file are asked by SSH; what is made on AWS or in clusters by the engine, in preview."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from desk import stack
from model.eks.region import EksRegion
from model.kubernetes.region import ClusterRegion
from model.refusal import Refusal

PROJECT = Path(__file__).parent.parent.resolve()
SECONDS = 900
"""For AWS, which answers for each resource. Machines have their own time (desk/drift.py)."""
STOPPED = 130
"""By Ctrl-C: nothing else is begun."""
ASKED = ("--preview-only", "--expect-no-changes", "--diff")
"""Shows and writes nothing, and fails where anything is not as the state has it."""
ASKED_OF_CLUSTERS = ("--refresh", "--expect-no-changes", "--diff")
"""Of a preview, which compares what each object has with what the program wants: the state has also what a cluster itself goes on
to write, such as the copies that are well, and a refresh would call each of these a difference."""
EPILOG = (
    "exit codes: 0 all is as released; 1 something differs, or could not be asked; 2 wrong usage; 130 Ctrl-C. "
    "`make mend` puts hosts right; `make up OPTIONS=--refresh` what is on AWS."
)


def main(arguments: list[str] | None = None) -> int:
    """Tells all; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m drift", description="What is not as the last `up` left it.", epilog=EPILOG
    )
    parser.add_argument("-s", "--stack", required=True, help="which Pulumi.<stack>.yaml")
    parser.add_argument("--host", default="", help="one host alone, such as web1 or eu/web1")
    parser.add_argument(
        "--rehearsal",
        action="store_true",
        help="what `make rehearse` made of the stack: its hosts and its pretended cloud, and no account",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="for programs: of machines alone, as a list; what the engine finds goes to standard error",
    )
    options = parser.parse_args(arguments)
    try:
        wanted = stack.configured(PROJECT, options.stack)
    except Refusal as refusal:
        print("\n".join(refusal.lines), file=sys.stderr)
        return 1
    groups = [group for region in wanted.cloud_regions.values() for group in region.instances]
    machines = wanted.plain_regions or any(not group.autoscaling for group in groups)
    if options.host and not machines:
        print(f"there is no host {options.host}: no machine of {options.stack} can be asked", file=sys.stderr)
        return 1
    code = 0
    if machines:
        more = [*(["--json"] if options.json else []), *(["--host", options.host] if options.host else [])]
        more += ["--rehearsal"] if options.rehearsal else []
        code = _run("desk", "drift", "--stack", options.stack, *more)
    elif options.json:
        print("[]", flush=True)
    clusters = any(isinstance(region, ClusterRegion | EksRegion) for region in wanted.regions.values())
    if code == STOPPED or options.host or not (clusters or wanted.cloud_regions):
        return code
    by = "rehearsal" if options.rehearsal else "engine"
    asked = ("preview", ASKED_OF_CLUSTERS) if clusters else ("refresh", ASKED)
    words = (by, asked[0], "--stack", options.stack, "--", *asked[1])
    # Standard output is JSON, to the last byte.
    return max(code, _run(*words, seconds=SECONDS, stdout=sys.stderr if options.json else None))


def _run(*words: str, seconds: float | None = None, stdout: TextIO | None = None) -> int:
    try:
        command = [sys.executable, "-m", *words]
        code = subprocess.call(command, cwd=PROJECT, timeout=seconds, stdout=stdout)
    except subprocess.TimeoutExpired:
        print(f"`{' '.join(words)}` gave no answer within {seconds:g} s", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return STOPPED
    return code if code == STOPPED else min(1, abs(code))


if __name__ == "__main__":
    sys.exit(main())
