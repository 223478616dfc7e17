"""A build of minutes: Go says which packages it has compiled, and people hear of it now and then."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gobuild import toolchain
from gobuild.refusal import Refused

SECONDS_BETWEEN_WORDS = 30
STANDARD_AS_USUAL = "-gcflags=std="
"""Go's own library as a service has it, which then finds it compiled. Of what concerns a package, Go takes the last."""
WITHOUT_DEBUGGING = ("-gcflags=all=-dwarf=false", STANDARD_AS_USUAL)
"""No debugging data: the linker drops it from these programs anyway (`-s -w`). Making it is an eighth of the compiler's time:
client-go on two cores took 174 s of processor without it, 198 s with it, and 141 s without inlining, too."""
NOT_INLINED = ("-gcflags=all=-dwarf=false -l", STANDARD_AS_USUAL)
"""In its place."""


def build(words: Sequence[str], folder: Path, packages: int, say: Callable[[str], None]) -> None:
    """Runs `go build WORDS` in `folder`, where at most so many `packages` are compiled. Raises Refused with what Go said."""
    go = toolchain.find()
    running = subprocess.Popen(
        [go.go, "build", "-v", "-trimpath", *WITHOUT_DEBUGGING, *words],
        cwd=folder,
        env=go.environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = _followed(running, packages, say)
    except BaseException:
        running.kill()
        raise
    if running.wait():
        raise Refused(said or f"it ended with {running.returncode}")


def _followed(running: subprocess.Popen[str], packages: int, say: Callable[[str], None]) -> str:
    """Gives the last lines that name no package."""
    assert running.stderr is not None
    compiled, others, told = 0, [], time.monotonic()
    for line in running.stderr:
        if re.fullmatch(r"[\w.~/-]+\n", line):
            compiled += 1
        elif not line.startswith("go: downloading"):
            others.append(line)
        if time.monotonic() - told >= SECONDS_BETWEEN_WORDS:
            told = time.monotonic()
            say(f"{compiled} packages compiled, of {packages:,} at most")
    return "".join(others[-5:]).strip()
