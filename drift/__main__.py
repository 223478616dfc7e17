"""Command line: machines of a stack file are asked by SSH, what is made on AWS by the engine's own refresh, in preview."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from desk import stack
from model.refusal import Refusal

PROJECT = Path(__file__).parent.parent.resolve()
SECONDS = 900
"""For AWS, which answers for each resource."""
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
        help="the hosts that `make rehearse` made of the stack, and no account",
    )
    parser.add_argument("--json", action="store_true", help="for programs; of machines alone")
    options = parser.parse_args(arguments)
    try:
        wanted = stack.configured(PROJECT, options.stack)
    except Refusal as refusal:
        print("\n".join(refusal.lines), file=sys.stderr)
        return 1
    codes = []
    groups = [group for region in wanted.cloud_regions.values() for group in region.instances]
    if wanted.plain_regions or any(not group.autoscaling for group in groups):
        more = [*(["--json"] if options.json else []), *(["--host", options.host] if options.host else [])]
        more += ["--rehearsal"] if options.rehearsal else []
        codes.append(_run("desk", "drift", "--stack", options.stack, *more))
    if wanted.cloud_regions and not options.host and not options.rehearsal:
        asked = ("--preview-only", "--expect-no-changes", "--diff")
        codes.append(_run("engine", "refresh", "--stack", options.stack, "--", *asked))
    return max(codes, default=0)


def _run(*words: str) -> int:
    try:
        return min(1, subprocess.call([sys.executable, "-m", *words], cwd=PROJECT, timeout=SECONDS))
    except subprocess.TimeoutExpired:
        print(f"`{' '.join(words)}` gave no answer within {SECONDS} s", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
