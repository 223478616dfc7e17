"""Command line: take one region of a stack away, measure what users feel, give it back, and write it down."""

from __future__ import annotations

import argparse
import asyncio
import datetime
import signal
import sys
from pathlib import Path

from desk import stack
from drill import loss, planned, report, unplanned
from drill.course import Course
from drill.plan import Plan, plan
from drill.progress import Progress
from drill.series import Series
from drill.way import How
from model.refusal import Refusal

PROJECT = Path(__file__).parent.parent.resolve()
EPILOG = (
    "A region is given back whatever happens: on Ctrl-C at once, after a kill by the next drill and, without one, by each "
    "machine itself. exit codes: 0 passed; 1 failed, or refused; 2 wrong usage; 130 Ctrl-C. Nobody is asked anything."
)


def main(arguments: list[str] | None = None) -> int:
    """Runs one drill and returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return asyncio.run(_run(options))
    except Refusal as refusal:
        print("\n".join(refusal.lines), file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("interrupted", file=sys.stderr)
        return 130


async def _run(options: argparse.Namespace) -> int:
    task = asyncio.current_task()
    assert task
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
    ):  # also where a shell that began it in the background ignores the first
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    progress = Progress()
    await _undrain(options.stack, progress)
    wanted = plan(
        stack.configured(PROJECT, options.stack),
        PROJECT,
        options.stack,
        options.region,
        options.sure,
        How(options.how),
        options.resolver,
    )
    await _reopen(wanted, progress)
    courses: list[Course] = []
    try:
        for number in range(1, options.losses + 1):
            if options.losses > 1:
                progress.say(f"{number} of {options.losses}")
            courses.append(
                await planned.drill(wanted, PROJECT, progress)
                if options.planned
                else await unplanned.drill(wanted, progress)
            )
    finally:
        if courses:
            _written(Series(courses))
    return int(not Series(courses).passed)


def _written(series: Series) -> None:
    """What was measured, also where the next loss was interrupted or refused."""
    page = report.write(series, PROJECT / ".slipway" / "drills", datetime.datetime.now(datetime.UTC))
    print(f"{report.verdict(series)}\n{page}")


async def _undrain(name: str, progress: Progress) -> None:
    """What a drill that was killed has left in the stack file."""
    note = planned.noted(PROJECT, name)
    if note.exists():
        region = note.read_text()
        progress.say(f"an earlier drill was killed: undraining {region} first")
        await planned.undrained(PROJECT, name, region)


async def _reopen(wanted: Plan, progress: Progress) -> None:
    """What a drill that was killed has left on the region's machines."""
    left = await loss.closed(wanted.machines)
    for machine in left:
        progress.say(f"an earlier drill was killed: {machine.name} lets users in again")
    if wrong := await loss.give_back(left):
        raise Refusal(wrong)


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no count from 1 to 100")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m drill", description=(__doc__ or "").split("\n")[0], epilog=EPILOG
    )
    parser.add_argument("-s", "--stack", required=True, help="which Pulumi.<stack>.yaml")
    parser.add_argument("--region", default="", help="the one that is taken away")
    parser.add_argument(
        "--planned", action="store_true", help="drain it in place of closing it: nobody may get no answer"
    )
    parser.add_argument(
        "--how",
        choices=list(How),
        default=How.NETWORK,
        help="; ".join(f"{how}: {how.told}" for how in How) + " (default: %(default)s)",
    )
    parser.add_argument(
        "--losses", type=_count, default=1, metavar="COUNT", help="how many, one after the other (default: 1)"
    )
    parser.add_argument(
        "--resolver",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="whom users ask for the name, in place of the stack's DNS hosts; may be repeated",
    )
    parser.add_argument("--sure", default="", metavar="STACK", help="for a protected stack: its name")
    return parser


if __name__ == "__main__":
    sys.exit(main())
