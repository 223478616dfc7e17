"""Units that a release itself brought to the machine beside the service, such as timers: they go when no release has them."""

from __future__ import annotations

from activator.host import Host
from activator.manifest import Release
from activator.systemd import set_enabled, stop


def owned(release: Release) -> list[str]:
    """Those of its units whose file it has, too; another's, as nginx.service, outlives it."""
    files = {file["target"] for file in release.manifest["files"]}
    names = [unit["unit"] for unit in release.units]
    return [name for name in names if f"/etc/systemd/system/{name}" in files]


def gone(release: Release, before: Release | None) -> list[str]:
    return [name for name in owned(before) if name not in owned(release)] if before else []


def end(host: Host, names: list[str]) -> None:
    """While their files are still there, without which systemd disables nothing."""
    for name in names:
        stop(host, name)
        set_enabled(host, name, False)
        host.run("systemctl", "reset-failed", name)
