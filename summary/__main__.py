"""Command line: one preview, and what it means as Markdown on standard output. What the engine says goes to standard error."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from summary import events
from summary.compose import compose
from summary.page import LIMIT

EPILOG = """exit codes: the preview's own, 0 when `up` could begin; 2 wrong usage; 130 Ctrl-C.
The page is written in any case, also when the preview fails: it says why."""


def main(arguments: list[str] | None = None) -> int:
    """Prints the summary; gives the preview's exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m summary",
        description="What a preview means, for whoever reviews it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-s", "--stack", required=True, help="which Pulumi.<stack>.yaml")
    parser.add_argument("--offline", action="store_true", help="of a stack of AWS without an account")
    parser.add_argument("--all", action="store_true", help="however long it gets; a comment is bounded")
    parser.add_argument(
        "--events", type=Path, help="the event log of a preview that has been made, in place of one"
    )
    parser.add_argument("--output", type=Path, help="a file in place of standard output")
    parser.add_argument("more", nargs="*", metavar="-- OPTION", help="for pulumi, as it is")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="slipway-") as directory:
        log = options.events or Path(directory) / "events"
        code = 0 if options.events else _preview(options, log)
        if code == 130:
            return code
        text = compose(options.stack, events.read(log), sys.maxsize if options.all else LIMIT)
    if options.output:
        options.output.write_text(text)
    else:
        print(text, end="")
    return code


def _preview(options: argparse.Namespace, log: Path) -> int:
    words = ["rehearsal" if options.offline else "engine", "preview", "--stack", options.stack]
    try:
        return subprocess.call(
            [sys.executable, "-m", *words, "--", "--event-log", str(log), *options.more], stdout=sys.stderr
        )
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
