"""Rehearses a stack of AWS on this machine: `make rehearse`, `make rehearse-down`, and `make preview OFFLINE=1`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from engine import binary
from engine.operation import operate
from engine.process import leave, split
from engine.refusal import Refused
from engine.stacks import ONLY_SHOWN
from lab.errors import LabError
from lab.progress import Progress
from rehearsal.stack import rehearsed, write

EPILOG = """exit status: pulumi's own; 1 refused; 2 wrong usage; 130 interrupted. Everything lies in .slipway/rehearsal/STACK,
with a Pulumi home and a state of its own. docs/rehearsal.md says what of it is real and what is pretended.
Options after `--` go to pulumi as they are, such as `-- --diff`."""
PRETENDED = "SLIPWAY_PRETENDED"
"""Tells the program, which `settings` reads it for, that no machine is reached over the internet."""
DEFAULT_SUBNET = "10.79.0.0/24"


def main(arguments: Sequence[str]) -> int:
    """Runs one action; gives the exit status."""
    own, more = split(arguments)
    options = _parser().parse_args(own)
    try:
        if options.action == "preview" and not options.kept:
            with tempfile.TemporaryDirectory(prefix="slipway-") as directory:
                return _run(options, more, Path(directory).resolve())
        return _run(options, more, None)
    except (Refused, LabError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace, more: Sequence[str], directory: Path | None) -> int:
    from plugins.aws import INSTANCE, Cloud  # loads what plain hosts need not
    from plugins.command import CommandPackage
    from plugins.pretended_kubernetes import Kubernetes

    os.environ[PRETENDED] = "1"
    program = binary.ensure(Progress())
    stack = rehearsed(options.stack, directory)
    write(stack, program)
    cloud = Cloud(
        directory=stack.directory,
        stack=stack.name,
        subnet=options.subnet,
        hosts=0 if options.action == "preview" else options.hosts,
    )
    print("the cloud is pretended: AWS and clusters are told nothing, and no account is used", flush=True)
    # Who only looks leaves hosts as they are, also those that the cloud knows no more.
    looks = ONLY_SHOWN in more
    gone = [] if looks else cloud.open(stack.ids(INSTANCE))
    for warning in gone:
        print(f"warning: {warning}", file=sys.stderr)
    # What is protected in a rehearsal is worth nothing, and everything of it goes together.
    lifted = ["--ignore-protect"] if options.action == "destroy" else []
    more = [*(["--refresh"] if gone else []), *lifted, *more]
    packages = {"aws": cloud, "command": CommandPackage(cloud.commands), "kubernetes": Kubernetes()}
    code = operate(program, stack, options.action, more=more, packages=packages)
    if options.action != "preview" and not looks:
        for line in cloud.report():
            print(line)
    if options.action == "destroy" and code == 0:
        shutil.rmtree(stack.directory)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rehearsal",
        description=(__doc__ or "").split("\n")[0],
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action, what in (
        ("up", "make the stack, instances as hosts on this machine"),
        ("preview", "say what a first `up` of the stack would make, and keep nothing"),
        ("refresh", "look which of its hosts are still there"),
        ("destroy", "take away all that `up` made"),
    ):
        one = actions.add_parser(action, help=what, description=what, epilog=EPILOG)
        one.add_argument("--stack", required=True, help="which Pulumi.<stack>.yaml")
        one.add_argument(
            "--hosts",
            type=int,
            choices=range(17),
            default=2,
            metavar="N",
            help="how many instances of a region are hosts here, half of each architecture; the others are pretended, too "
            "(default: %(default)s)",
        )
        one.add_argument(
            "--subnet",
            default=DEFAULT_SUBNET,
            metavar="NETWORK",
            help="the private network of these hosts (default: %(default)s)",
        )
        if action == "preview":
            one.add_argument(
                "--kept", action="store_true", help="of what an `up` here has made, in place of a first one"
            )
    return parser


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
