"""Timers that start the live release's own program: they follow a release once it serves, and its way back."""

from __future__ import annotations

from activator import files
from activator.host import Host
from activator.manifest import Release
from activator.systemd import look, look_at, set_enabled, stop, systemctl


def follow(host: Host, release: Release, slot: str, before: Release | None) -> str | None:
    """The timers are those of `release`, in `slot`. A job that runs is left to its end, in the program that it began in."""
    for timer in gone(release, before):
        stop(host, timer)
        set_enabled(host, timer, False)
    changed = [file.path for file in files.of_jobs(host, release, release.tree, slot) if file.put(host)]
    if changed:
        systemctl(host, "daemon-reload")
    for timer in release.timers:
        set_enabled(host, timer, True)
        if changed or not look(host, timer).active:
            systemctl(host, "restart", timer)
    return f"timers: {', '.join(release.jobs)}" if release.jobs else None


def gone(release: Release, before: Release | None) -> list[str]:
    return [timer for timer in (before.timers if before else []) if timer not in release.timers]


def drift(host: Host, release: Release, slot: str) -> list[str]:
    wrong = [
        file.path for file in files.of_jobs(host, release, release.tree, slot) if not file.in_place(host)
    ]
    seen = look_at(host, release.timers)
    return wrong + [f"{timer} is {seen[timer].state}" for timer in release.timers if not seen[timer].active]


def stop_all(host: Host, release: Release) -> None:
    """Timers first, so that none begins what is being ended."""
    for timer in release.timers:
        stop(host, timer)
        set_enabled(host, timer, False)
    for name in release.jobs:
        stop(host, f"{release.job(name)}.service")
        host.run("systemctl", "reset-failed", f"{release.job(name)}.service")
