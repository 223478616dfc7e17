"""Whether the engine has a plugin as its makers publish it, or can download it, and why not where it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

from engine.binary import SITE, cached, reachable

SECONDS_FOR_THE_PLUGIN = 120
TRIED_AGAIN_AFTER = 24 * 3600
"""Seconds. A site that was out of reach is not asked at each run."""


def missing(pulumi: Path, name: str) -> str | None:
    """None when the engine has pulumi-NAME's own plugin, or now has downloaded it; else why it has not."""
    wanted = version(f"pulumi-{name}")
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    if (home / "plugins" / f"resource-{name}-v{wanted}").is_dir() or shutil.which(f"pulumi-resource-{name}"):
        return None
    failed = cached() / f"no-{name}-{wanted}"
    if failed.exists() and time.time() - failed.stat().st_mtime < TRIED_AGAIN_AFTER:
        return failed.read_text()
    reason = reachable(SITE) or _install(pulumi, name, wanted)
    if reason is None:
        failed.unlink(missing_ok=True)
        return None
    failed.parent.mkdir(parents=True, exist_ok=True)
    failed.write_text(reason)
    return reason


def _install(pulumi: Path, name: str, wanted: str) -> str | None:
    try:
        done = subprocess.run(
            [pulumi, "plugin", "install", "resource", name, wanted],
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS_FOR_THE_PLUGIN,
        )
    except subprocess.TimeoutExpired:
        return f"its download took more than {SECONDS_FOR_THE_PLUGIN} s"
    return (
        None if done.returncode == 0 else f"it cannot be downloaded: {done.stderr.strip().splitlines()[-1]}"
    )
