"""What a service needs from others is waited for first: a missing database is told apart from a bad release."""

from __future__ import annotations

from activator.failure import Refused
from activator.host import Host
from activator.manifest import Release

PATIENCE = 30  # seconds for all of them together


def wait(host: Host, release: Release) -> None:
    """Until each address accepts a connection; whatever does not in time is named."""
    end = host.clock() + PATIENCE
    for address in release.manifest.get("needs") or []:
        name, _, port = address.rpartition(":")
        while why := host.unreachable(name.strip("[]"), int(port), 5):
            if host.clock() >= end:
                raise Refused(
                    f"{release.service} needs {address}, which accepted no connection from {host.name()} within "
                    f"{PATIENCE} s ({why}): start it, open the way to it, or take it out of `needs`"
                )
            host.sleep(1)
