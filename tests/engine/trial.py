"""Runs any directory's program as `python -m engine` does the project's: `python -m tests.engine.trial up DIR`.

With --original the plugin of pulumi-command itself is used, which must be installed; with --pretend AWS is pretended.
"""

import argparse
import os
import sys
from pathlib import Path

from engine import binary
from engine.operation import operate
from engine.process import leave, split
from engine.stacks import Stack
from lab.progress import Progress
from plugins.command import CommandPackage
from plugins.provider import Package

PASSPHRASE = "only for tests"


def trial(directory: Path, state: Path | None = None, name: str = "dev") -> Stack:
    """A stack of a throw-away project, whose state lies beside it unless another folder is given."""
    state = state or directory / "state"
    state.mkdir(exist_ok=True)
    home = directory / "home"
    variables = {} if os.environ.get("PULUMI_HOME") else {"PULUMI_HOME": str(home)}
    return Stack(
        name=name,
        program=directory,
        directory=directory,
        state=state,
        passphrase=os.environ.get("SLIPWAY_TRIAL_PASSPHRASE", PASSPHRASE),
        asks=False,
        variables=variables,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("action")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--stack", default="dev")
    parser.add_argument("--original", action="store_true")
    parser.add_argument("--pretend", action="store_true")
    own, more = split(sys.argv[1:])
    options = parser.parse_args(own)
    sys.path.insert(0, str(options.directory))
    directory = options.directory.resolve()
    cloud, stack = None, trial(directory, options.state, options.stack)
    packages: dict[str, Package] = {} if options.original else {"command": CommandPackage()}
    if options.pretend:
        from plugins.aws import INSTANCE, Cloud

        cloud = Cloud(directory=directory, stack="dev", subnet="10.127.0.0/24", hosts=0)
        cloud.open(stack.ids(INSTANCE))
        packages = {"aws": cloud, "command": CommandPackage(cloud.commands)}
    program = binary.ensure(Progress())
    code = operate(program, stack, options.action, more=more, packages=packages)
    if cloud:
        print("\n".join(cloud.report()))
    leave(code)
