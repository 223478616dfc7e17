"""The load client's command line: `python -m tests.load URL ...`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from dataclasses import fields

from tests.load.client import run
from tests.load.plan import Plan
from tests.load.result import Result

HELP = {
    "name": "what is asked for in place of the address; certificates are not looked at",
    "rate": "requests a second",
    "seconds": "how long",
    "connections": "kept connections; more are opened when all are busy",
    "expect": "text that every answer to URL must hold",
    "posts": "share of requests, 0 to 1, that POST 1000 bytes to /echo",
    "slow": "share of requests, 0 to 1, that GET /slow?ms=2000",
    "upload": "bytes of an upload to /echo of which one is always in flight",
    "upload_seconds": "how long one upload takes to send",
    "timeout": "seconds for an answer",
}
EPILOG = """/echo must answer {"bytes":N}, /slow {"ms":2000}, as the example service does.
lost: connect error, connection closed before the whole answer, no answer in time, status other than 2xx, wrong body.
Ctrl-C ends the load early and still reports. exit status: 0 none lost, 1 some lost, 2 usage, 130 Ctrl-C."""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m tests.load",
        description="Send requests by the clock and count those that are lost; none is sent twice, but with --again.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "url", metavar="URL", help="http[s]://ADDRESS[:PORT]/PATH, on a loopback or private address"
    )
    made.add_argument("--new-connections", action="store_true", help="a new connection for each request")
    made.add_argument(
        "--again",
        action="store_true",
        help="a GET whose kept connection ended before a byte of its answer goes out once more",
    )
    defaults = {field.name: field.default for field in fields(Plan)}
    for name, text in HELP.items():
        default = defaults[name]
        kind = str if isinstance(default, str) else int if name in ("connections", "upload") else float
        shown = text if default == "" else f"{text} (default: %(default)s)"
        metavar = {str: "TEXT", int: "N", float: "X"}[kind]
        made.add_argument(
            f"--{name.replace('_', '-')}", type=kind, default=default, metavar=metavar, help=shown
        )
    made.add_argument(
        "--json",
        action="store_true",
        help="print the counts as JSON, five lines a second; the last has latencies",
    )
    return made


def main(arguments: list[str]) -> int:
    """Runs the command line and returns the exit status."""
    options = parser().parse_args(arguments)
    try:
        plan = Plan(
            url=options.url,
            keep_alive=not options.new_connections,
            again=options.again,
            **{name: getattr(options, name) for name in HELP},
        )
    except ValueError as error:
        parser().error(str(error))
    result, interrupted = asyncio.run(_go(plan, options.json))
    print(result.json(latencies=True) if options.json else result, flush=True)
    return 130 if interrupted else 1 if result.lost else 0


async def _go(plan: Plan, as_json: bool) -> tuple[Result, bool]:
    """The result, and whether Ctrl-C was pressed. SIGTERM ends the load early in good order."""
    result, stop, interrupts = Result(), asyncio.Event(), []
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, lambda: (interrupts.append(1), stop.set()))
    work = asyncio.create_task(run(plan, stop, result))
    began = time.monotonic()
    every = 0.2 if as_json else 1 if sys.stderr.isatty() else 10
    while not (await asyncio.wait({work}, timeout=every))[0]:
        if as_json:
            print(result.json(latencies=False), flush=True)
        else:
            _progress(time.monotonic() - began, plan, result, stop.is_set())
    if sys.stderr.isatty() and not as_json:
        print(end="\r\x1b[K", file=sys.stderr, flush=True)
    return await work, bool(interrupts)


def _progress(seconds: float, plan: Plan, result: Result, ending: bool) -> None:
    waiting = result.lost - result.causes.total()
    what = "waiting for the last answers" if ending else f"of {plan.seconds:g} s"
    text = (
        f"{seconds:.0f} s {what}: {result.scheduled} sent, {waiting} under way, {result.causes.total()} lost"
    )
    if sys.stderr.isatty():
        print(end=f"\r\x1b[K{text}", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
