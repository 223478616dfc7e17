"""sslyze, which tries what a server speaks and compares it with Mozilla's recommendation; installed once for every checkout."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from lab import cache

PINNED = Path(__file__).with_name("scanner.txt")


def verdict(address: str, name: str, port: int = 443) -> subprocess.CompletedProcess[str]:
    """Of the server at `address` as `name` against Mozilla's intermediate configuration. Exit code 0: it is that."""
    words = ["--mozilla_config=intermediate", f"{name}:{port}{{{address}}}"]
    return subprocess.run(
        [_python(), "-m", "sslyze", *words], capture_output=True, text=True, timeout=250, check=False
    )


def _python() -> Path:
    digest = hashlib.sha256(PINNED.read_bytes() + sys.version.encode()).hexdigest()[:16]

    def make(place: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        pip = [place / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", PINNED], check=True, timeout=250)

    return cache.made(cache.directory("tools") / f"sslyze-{digest}", make, lambda: None) / "bin/python"
