"""Command line: asks every machine of a stack, and writes one page about it."""

from __future__ import annotations

import argparse
import asyncio
import datetime
import sys
from pathlib import Path

from desk import cloud, stack
from model.refusal import Refusal
from report.facts import collect
from report.page import html

PROJECT = Path(__file__).parent.parent.resolve()
EPILOG = (
    "exit codes: 0 all is as released; 1 something is not, or did not answer (the page is written and says so), or refused; "
    "2 wrong usage; 130 Ctrl-C. Nothing is changed anywhere."
)


def main(arguments: list[str] | None = None) -> int:
    """Writes it, prints where it is, and returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m report", description=(__doc__ or "").split("\n")[0], epilog=EPILOG
    )
    parser.add_argument("-s", "--stack", required=True, help="which Pulumi.<stack>.yaml")
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: .slipway/reports/STACK.html")
    options = parser.parse_args(arguments)
    try:
        return _write(
            options.stack, options.output or PROJECT / ".slipway" / "reports" / f"{options.stack}.html"
        )
    except Refusal as refusal:
        print("\n".join(refusal.lines), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _write(name: str, page: Path) -> int:
    wanted = stack.configured(PROJECT, name)
    machines = [*cloud.hosts(wanted, PROJECT, name), *stack.edges(wanted, PROJECT)]
    left_out = [
        *cloud.unasked(wanted),
        *(f"{each} is a cluster: ask it with kubectl" for each in wanted.clusters),
    ]
    facts = asyncio.run(collect(machines))
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(html(wanted, name, facts, left_out, datetime.datetime.now(datetime.UTC)))
    for each in facts.wrong:
        print(f"{each.machine.name}: {each.error or '; '.join(each.differs)}", file=sys.stderr)
    print(page)
    return int(bool(facts.wrong))


if __name__ == "__main__":
    sys.exit(main())
