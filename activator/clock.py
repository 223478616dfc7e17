"""Whether anybody keeps the machine's clock: without that certificates, logs and the order of things are guesses."""

from __future__ import annotations

from activator.failure import Refused
from activator.host import Host
from activator.manifest import Release


def check(host: Host, release: Release) -> None:
    """Before anything changes, on the way forward alone."""
    if why := drift(host, release):
        raise Refused(f"{why[0]}: install systemd-timesyncd or chrony there, or take `timeSynchronised` away")


def drift(host: Host, release: Release) -> list[str]:
    """What the kernel knows of it, whoever keeps it: systemd-timesyncd, chrony and ntpd all tell the kernel."""
    if not release.manifest.get("clock"):
        return []
    said = host.run("timedatectl", "show", "--property=NTPSynchronized", "--value").text.strip()
    return (
        []
        if said == "yes"
        else [f"the clock of {host.name()} is not synchronised (timedatectl says {said!r})"]
    )
