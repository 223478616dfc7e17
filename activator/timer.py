"""The dead-man's switch: a transient systemd timer that puts the release before back, unless this one is confirmed."""

from __future__ import annotations

import sys

from activator.failure import Failed
from activator.host import Host
from activator.manifest import Release
from activator.systemd import systemctl, tail


def arm(host: Host, release: Release, seconds: float) -> None:
    """Replaces a timer that is armed, and a revert that waits for this run's lock."""
    name = f"slipway-{release.service}-revert"
    host.run("systemctl", "stop", f"{name}.timer", f"{name}.service")
    host.run("systemctl", "reset-failed", f"{name}.service")
    revert = ("revert", "--service", release.service, "--release", release.id)
    after = (f"--on-active={seconds:g}s", "--timer-property=AccuracySec=100ms", "--collect", "--quiet")
    program = (sys.executable, f"{release.tree}/activator.pyz")
    done = host.run("systemd-run", *after, f"--unit={name}", *program, *revert)
    if done.code:
        raise Failed(f"could not arm the timer {name}: {tail(done.text, 3)}")


def disarm(host: Host, service: str) -> None:
    """The timer alone: a revert that it started finds out by itself that there is nothing to do."""
    timer = f"slipway-{service}-revert.timer"
    if host.entry(f"/run/systemd/transient/{timer}"):
        systemctl(host, "stop", timer)
