"""Command line of the rehearsal: arguments in, exit code out. Everything else is done elsewhere."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal import lock, session, state
from rehearsal import urn as urns
from rehearsal.project_schema import read_project
from rehearsal.stack_config import StackFileError, read_stack_config

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

EPILOG = """exit codes: 0 done; 1 something failed or was refused; 2 wrong usage; 130 Ctrl-C, 143 SIGTERM.
state: .slipway/rehearsal/STACK.json in the project directory, with --pretend-cloud
.slipway/rehearsal/STACK.pretended.json. docs/rehearsal.md says what is there and what is not."""


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("-s", "--stack", required=True, help="which stack")
    shared.add_argument(
        "-C", "--cwd", type=Path, default=Path(), help="the project directory (default: this one)"
    )
    shared.add_argument(
        "--pretend-cloud",
        action="store_true",
        help="pretend AWS, with a state of its own; instances are hosts on this machine (docs/rehearsal.md)",
    )
    running = argparse.ArgumentParser(add_help=False)
    running.add_argument(
        "--cloud-hosts",
        type=_natural,
        default=2,
        metavar="N",
        help="with --pretend-cloud: how many instances of a region are hosts here, half of each architecture; "
        "the others are pretended, too (default: %(default)s)",
    )
    running.add_argument(
        "--cloud-subnet",
        default="10.79.0.0/24",
        metavar="NETWORK",
        help="with --pretend-cloud: the private network of these hosts (default: %(default)s)",
    )
    running.add_argument(
        "--parallel",
        type=_positive,
        default=16,
        metavar="N",
        help="operations side by side (default: %(default)s)",
    )
    running.add_argument("--json", action="store_true", help="print events, one JSON object a line")
    running.add_argument(
        "--debug", action="store_true", help="show debug messages and the engine's own tracebacks"
    )
    main = argparse.ArgumentParser(
        prog="python -m rehearsal",
        description="Run the Pulumi program of a project without the Pulumi CLI.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in (
        ("up", "bring the stack to what the program says"),
        ("preview", "say what `up` would do"),
        ("destroy", "delete everything in the stack"),
    ):
        commands.add_parser(name, help=text, description=text, parents=[shared, running])
    text = "print the stack's outputs, secrets as [secret]"
    outputs = commands.add_parser("outputs", help=text, description=text, parents=[shared])
    outputs.add_argument("--json", action="store_true", help="as one JSON object")
    text = "list the stack's resources"
    commands.add_parser("state", help=text, description=text, parents=[shared])
    text = "drop a resource and all that needs it from the state, without contacting anything"
    forget = commands.add_parser("forget", help=text, description=text, parents=[shared])
    forget.add_argument(
        "resource", metavar="URN|NAME", help="which resource; a component takes its children along"
    )
    return main


def main(arguments: list[str] | None = None) -> int:
    """Run one command; gives the exit code."""
    options = parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = {
        "up": _run,
        "preview": _run,
        "destroy": _run,
        "outputs": _outputs,
        "state": _state,
        "forget": _forget,
    }[options.command]
    try:
        if not options.cwd.is_dir():
            raise StackFileError(f"{options.cwd} is no directory; give the project's with --cwd")
        # Relative paths in the program count from the project directory.
        os.chdir(options.cwd)
        return command(options)
    except (StackFileError, state.StateError, lock.Locked) as error:
        print(f"error: {error}", file=sys.stderr)
        return session.FAILED
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace) -> int:
    directory = Path.cwd()
    config = read_stack_config(directory, options.stack)
    request = session.Request(
        directory=directory,
        program=directory / (config.project.main or ""),
        config=config,
        parallel=options.parallel,
        preview=options.command == "preview",
        as_json=options.json,
        debug=options.debug,
    )
    path = _state_file(options)
    with lock.held(path.with_suffix(".lock")):
        if options.pretend_cloud:
            request = replace(request, cloud=_cloud(options, path))
        run = session.Session(request, state.load(path, options.stack, config.project.name))
        return asyncio.run(run.destroy() if options.command == "destroy" else run.up())


def _outputs(options: argparse.Namespace) -> int:
    loaded = _load(options)
    if options.json:
        values = {r.type: r.outputs for r in loaded.resources}.get(urns.ROOT_TYPE, {})
        print(json.dumps(session.open_values(values), indent=2))
        return 0
    for name, value in session.shown_outputs(loaded):
        print(f"{name}\t{value}")
    return 0


def _state(options: argparse.Namespace) -> int:
    for resource in _load(options).resources:
        notes = [
            note
            for note, holds in (
                ("protected", resource.protect),
                ("retained on delete", resource.retain_on_delete),
                ("waits for deletion", resource.delete),
            )
            if holds
        ]
        print("\t".join([resource.urn, resource.id, ", ".join(notes)]).rstrip())
    return 0


def _forget(options: argparse.Namespace) -> int:
    from rehearsal import deletions

    path = _state_file(options)
    with lock.held(path.with_suffix(".lock")):
        loaded = _load(options)
        gone = deletions.with_dependents(loaded.resources, options.resource)
        if not gone:
            raise state.StateError(
                f"the stack {options.stack} has no resource {options.resource}; `state` lists what it has"
            )
        for resource in gone:
            loaded.remove(resource)
            loaded.pending = [pending for pending in loaded.pending if pending.urn != resource.urn]
            print(f"forgotten: {urns.name_of(resource.urn)} [{resource.type}]")
        loaded.save()
    return 0


def _load(options: argparse.Namespace) -> state.State:
    project = read_project(Path.cwd()).name
    path = _state_file(options)
    if not path.exists():
        raise state.StateError(f"the stack {options.stack} has no state here ({path}); `up` makes it")
    return state.load(path, options.stack, project)


def _state_file(options: argparse.Namespace) -> Path:
    return state.path_of(Path.cwd(), options.stack, pretended=options.pretend_cloud)


def _cloud(options: argparse.Namespace, path: Path) -> Cloud:
    # Only here: nothing of it is needed by a stack that has no cloud.
    from lab.errors import LabError
    from rehearsal.cloud import Cloud

    try:
        return Cloud(
            stack=options.stack,
            state_file=path,
            subnet=options.cloud_subnet,
            hosts=options.cloud_hosts,
        )
    except LabError as error:
        raise StackFileError(str(error)) from None


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def _natural(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{number} is less than 0")
    return number


if __name__ == "__main__":
    sys.exit(main())
