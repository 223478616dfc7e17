"""Who carries out commands and copies on hosts: the plugin of pulumi-command, or the project's own where that cannot be had."""

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


def original(pulumi: Path) -> str | None:
    """None when the engine has pulumi-command's own plugin, or now has downloaded it; else why it has not."""
    wanted = version("pulumi-command")
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    if (home / "plugins" / f"resource-command-v{wanted}").is_dir() or shutil.which("pulumi-resource-command"):
        return None
    failed = cached() / f"no-command-{wanted}"
    if failed.exists() and time.time() - failed.stat().st_mtime < TRIED_AGAIN_AFTER:
        return failed.read_text()
    reason = reachable(SITE) or _install(pulumi, wanted)
    if reason is None:
        failed.unlink(missing_ok=True)
        return None
    failed.parent.mkdir(parents=True, exist_ok=True)
    failed.write_text(reason)
    return reason


def _install(pulumi: Path, wanted: str) -> str | None:
    try:
        done = subprocess.run(
            [pulumi, "plugin", "install", "resource", "command", wanted],
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
