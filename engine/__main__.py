"""Runs the program with Pulumi's own engine: `make up`, `preview`, `refresh`, `destroy`, `outputs`, `cancel` and `forget`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise

from engine import binary
from engine.process import leave, split
from engine.refusal import Refused
from engine.stacks import KUBE, LOCAL, ONLY_SHOWN, PROJECT, Stack, named
from lab.progress import Progress

EPILOG = """Options after `--` go to pulumi as they are, such as `-- --target URN` or `-- --json`.
exit status: pulumi's own; 1 refused; 2 wrong usage; 130 interrupted."""
RUNNING = ("up", "preview", "refresh", "destroy")
CHANGING = ("up", "refresh", "destroy")


def main(arguments: Sequence[str]) -> int:
    """Runs one action; gives the exit status."""
    own, more = split(arguments)
    options = _parser().parse_args(own)
    try:
        return _run(options, more)
    except Refused as refused:
        print(f"error: {refused}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace, more: Sequence[str]) -> int:
    progress = Progress()
    stack = named(options.stack)
    if options.action == "get":
        return _get(stack, progress)
    _refuse_packs(more)
    if options.action in CHANGING and ONLY_SHOWN not in more:
        _refuse_questions(stack, options)
    if options.action in RUNNING:
        return _operate(options, more, stack, progress)
    from engine import state

    program = binary.ensure(progress)
    if options.action == "forget":
        return state.forget(program, stack, options.host)
    return state.ask(program, stack, options.action, more)


def _get(stack: Stack, progress: Progress) -> int:
    from engine import cluster_plugin

    program = binary.ensure(progress)
    print(binary.describe(program))
    cluster_plugin.environment(program, stack, lambda line: print(line, file=sys.stderr, flush=True))
    return 0


def _operate(options: argparse.Namespace, more: Sequence[str], stack: Stack, progress: Progress) -> int:
    words = ["kubelab", "up"] if stack.name == KUBE else ["lab", "up", "--name", stack.name]
    lab = subprocess.Popen([sys.executable, "-m", *words], cwd=PROJECT) if options.with_lab else None
    try:
        from engine.operation import operate  # loads the SDK, while the lab looks after its hosts

        program = binary.ensure(progress)
    finally:
        status = lab.wait() if lab else 0
    return status or operate(program, stack, options.action, yes=options.yes, more=more)


def _refuse_packs(more: Sequence[str]) -> None:
    """A policy pack without its own environment: Pulumi waits for it for ever, and says nothing. Raises Refused."""
    words = [word for each in more for word in each.split("=", 1)]
    for option, folder in pairwise(words):
        pack = PROJECT / folder
        if option != "--policy-pack" or not (pack / "PulumiPolicy.yaml").is_file():
            continue
        if not (pack / ".venv/bin/python").exists():
            raise Refused(
                f"the policy pack {folder} has no environment of its own yet ({pack / '.venv'}): make it with `make policy`."
            )


def _refuse_questions(stack: Stack, options: argparse.Namespace) -> None:
    """Before anything is done for a run that would stop at a question which nobody is there to answer. Raises Refused."""
    if stack.asks and not options.yes and not sys.stdin.isatty():
        raise Refused(
            f"`{options.action}` of {stack.name} asks before it changes anything, but there is no terminal: "
            f"say yes beforehand with YES=1, as in `make {options.action} STACK={stack.name} YES=1`."
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m engine",
        description=(__doc__ or "").split("\n")[0],
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--stack", default=LOCAL, help="which Pulumi.<stack>.yaml (default: %(default)s)")
    shared.add_argument(
        "--yes",
        action="store_true",
        default=os.environ.get("YES", "") not in ("", "0"),
        help="ask nothing; YES=1 in the environment does the same",
    )
    shared.set_defaults(with_lab=False, host=None)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action, what in (
        ("up", "bring the stack to what the program says"),
        ("preview", "say what `up` would do, and change nothing"),
        ("refresh", "look what became of the stack's resources"),
        ("destroy", "delete everything in the stack"),
        ("outputs", "print what the stack tells other stacks"),
        ("cancel", "end a run of the stack that has been left behind"),
    ):
        one = actions.add_parser(action, help=what, description=what, parents=[shared], epilog=EPILOG)
        if action in ("up", "preview"):
            one.add_argument(
                "--with-lab", action="store_true", help="start the local hosts or control plane first"
            )
    what = "drop a host that is gone for good from the state, without contacting it"
    forget = actions.add_parser("forget", help=what, description=what, parents=[shared])
    forget.add_argument("--host", required=True, help="its name in the stack file, or PLACE/NAME")
    what = "get Pulumi's engine where there is none"
    actions.add_parser("get", help=what, description=what, parents=[shared])
    return parser


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
