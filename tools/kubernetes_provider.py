"""pulumi-kubernetes' own provider, built from its Go modules: what its own `main` embeds is in the module, but for two names."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from gobuild import toolchain
from gobuild.refusal import Refused
from tools import watched
from tools.program import TOOLS, compile, kept

NAME = "pulumi-resource-kubernetes"
"""Of the program, as Pulumi looks for it on PATH."""
MODULE = "github.com/pulumi/pulumi-kubernetes/provider/v4"
EMBEDDED = ("schema.json", "terraform-mapping.json")
OWN = ("go.mod", "go.sum", "main.go")
PACKAGES = 1800


def provider(say: Callable[[str], None] = lambda line: None) -> Path:
    """The folder that holds it, made if need be: the SDK's version of it. Raises Refused."""
    wanted = version("pulumi-kubernetes")

    def make(place: Path) -> None:
        say(f"building {NAME} {wanted} (once; 5 minutes on two idle cores)")
        # Go embeds files of the package's own folder alone.
        with tempfile.TemporaryDirectory(dir=place) as scratch:
            folder = Path(scratch)
            for file in OWN:
                shutil.copy(TOOLS / NAME / file, folder)
            for file in EMBEDDED:
                (folder / file).write_bytes((_module(folder) / "cmd" / NAME / file).read_bytes())
            flags = f"-s -w -X {MODULE}/pkg/version.Version={wanted}"
            # It waits for clusters far more than it computes.
            words = [*watched.NOT_INLINED, "-ldflags", flags, "-o", str(place / NAME), "."]
            compile(NAME, words, folder, PACKAGES, say)

    return kept(NAME, OWN, make, say, wanted)


def _module(folder: Path) -> Path:
    """Where Go keeps the provider's module, downloaded if need be. Raises Refused."""
    pinned = re.search(rf"{MODULE} (v\S+)", (folder / "go.mod").read_text())
    assert pinned, f"tools/{NAME}/go.mod names no provider"
    asked = toolchain.find().run(
        ["mod", "download", "-json", f"{MODULE}@{pinned[1]}"], directory=folder, GOFLAGS="-mod=mod"
    )
    found = re.search(r'"Dir": "(.+)"', asked.stdout)
    if not found:
        raise Refused(f"{NAME}'s module cannot be had: {(asked.stderr or asked.stdout).strip()[-300:]}")
    return Path(found[1])
