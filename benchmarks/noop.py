"""How long an `up` takes that changes nothing, against `pulumi up` of a program that declares nothing: `make bench-noop`.

Both run in turns, each as a process of its own, with the same engine and the same way to run a program. The stack `local` must be
up. Prints medians with minimum and maximum, and the ratio of the medians.
"""

from __future__ import annotations

import os
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
stack = Stack(name="empty", program=here, directory=here, state=here, passphrase="empty", asks=False)
leave(operate(binary.ensure(Progress()), stack, "up", packages={}))
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory).resolve()
        (folder / "Pulumi.yaml").write_text("name: empty\nruntime: python\n")
        (folder / "__main__.py").touch()
        commands = {
            "an empty program": [sys.executable, "-c", EMPTY, str(folder)],
            "make up": ["make", "--no-print-directory", "up", "STACK=local"],
        }
        for command in commands.values():
            _seconds(command)  # makes what is missing, and fills caches
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                taken[name].append(_seconds(command))
    medians = {name: statistics.median(each) for name, each in taken.items()}
    for name, each in taken.items():
        print(f"{name:<18} {medians[name]:.2f} s ({min(each):.2f} to {max(each):.2f}, {ROUNDS} runs)")
    print(f"ratio              {medians['make up'] / medians['an empty program']:.2f}")
    return 0


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
