"""How long an `up` takes that changes nothing, against `pulumi up` of a program that declares nothing: `make bench-noop`.

All run in turns, each as a process of its own, with the same engine and the same way to run a program. `pulumi up` previews
first, unless it is told not to; `make up` of the local stack, of which nobody is asked, does not. Where a complete CLI is on
PATH, its own `pulumi up`, with its own language host, is timed, too. Prints medians with minimum and maximum, and the ratios of
the medians.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).parent.parent
ROUNDS = 7
EMPTY = """
import sys
from pathlib import Path

from engine import binary
from engine.operation import operate
from engine.process import leave
from engine.stacks import Stack
from lab.progress import Progress

here = Path(sys.argv[1])
asks = len(sys.argv) == 2
stack = Stack(name="empty", program=here, directory=here, state=here, passphrase="empty", asks=asks)
leave(operate(binary.ensure(Progress()), stack, "up", yes=True, packages={}))
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory).resolve()
        empty_program(folder)
        commands = {
            "pulumi up": [sys.executable, "-c", EMPTY, str(folder)],
            "… --skip-preview": [sys.executable, "-c", EMPTY, str(folder), "skip"],
            "make up": ["make", "--no-print-directory", "up", "STACK=local"],
        }
        if shutil.which("pulumi") and shutil.which("pulumi-language-python"):
            whole = ["pulumi", "up", "--yes", "--stack", "empty", "--cwd", str(folder)]
            commands = {"the CLI's own": whole, **commands}
            os.environ |= {"PULUMI_BACKEND_URL": folder.as_uri(), "PULUMI_CONFIG_PASSPHRASE": "empty"}
        for command in reversed(commands.values()):
            _seconds(command)  # makes what is missing, and fills caches
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                taken[name].append(_seconds(command))
    medians = {name: statistics.median(each) for name, each in taken.items()}
    for name, each in taken.items():
        ratio = (
            f"make up takes {medians['make up'] / medians[name]:.2f} times as long"
            if name != "make up"
            else ""
        )
        print(
            f"{name:<18} {medians[name]:.2f} s ({min(each):.2f} to {max(each):.2f}, {ROUNDS} runs)  {ratio}".rstrip()
        )
    return 0


def empty_program(folder: Path) -> None:
    """A project that declares nothing."""
    options = f"options: {{toolchain: pip, virtualenv: {sys.prefix}}}"
    (folder / "Pulumi.yaml").write_text(f"name: empty\nruntime:\n  name: python\n  {options}\n")
    (folder / "__main__.py").touch()


def _seconds(command: list[str]) -> float:
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=PROJECT, env={**os.environ}, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    if command[0] == "make" and "unchanged" not in done.stdout:
        raise SystemExit(f"this was no run that changes nothing:\n{done.stdout}")
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
