"""The example service's source, a copy for each tool: changed by one line, and built as Slipway builds it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from benchmarks.cost import Cost, Shell
from gobuild import toolchain

GREETER = Path(__file__).parent.parent / "examples" / "greeter"
FLAGS = ("-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid= -X main.version=bench")
_LINE = re.compile(r'message = "Hello[^"]*"')


class Source:
    """Go source in `directory`. No two changes are equal, so that no cache of Go's has the result."""

    def __init__(self, directory: Path, owner: str) -> None:
        self.directory, self._owner, self._changes = directory, owner, 0

    @classmethod
    def copied(cls, directory: Path, owner: str) -> Source:
        shutil.copytree(GREETER, directory)
        return cls(directory, owner)

    def change(self) -> None:
        """Another line in it, once more."""
        self._changes += 1
        path = self.directory / "greeter.go"
        text, found = _LINE.subn(f'message = "Hello {self._changes} of {self._owner}"', path.read_text())
        assert found == 1, f"{path} has {found} lines that could be changed"
        path.write_text(text)

    def build(self, shell: Shell, binary: Path) -> Cost:
        """`go build`, by the toolchain that Slipway uses."""
        go = toolchain.find()
        words = [go.go, "build", *FLAGS, "-o", binary, "."]
        cost = replace(shell, directory=self.directory, environment=_environment(go)).run(words)
        return Cost(seconds=cost.seconds, cpu=cost.cpu, memory=cost.memory, build=cost.seconds)

    def size(self, folder: Path) -> int:
        """Bytes of the binary, which is built once more in `folder` for that."""
        go, binary = toolchain.find(), folder / "size.bin"
        subprocess.run(
            [go.go, "build", *FLAGS, "-o", binary, "."], cwd=self.directory, env=_environment(go), check=True
        )
        return binary.stat().st_size


def _environment(go: toolchain.Toolchain) -> dict[str, str]:
    return {**os.environ, **go.environment, "CGO_ENABLED": "0", "GOOS": "linux"}


def digest(binary: Path) -> str:
    """What a release is called."""
    return hashlib.sha256(binary.read_bytes()).hexdigest()[:12]
