"""Whether the hosts that an edge stands before let it ask, before anybody is sent there."""

from __future__ import annotations

from activator.failure import Refused
from activator.host import Host
from activator.manifest import Release

SHUT_OUT = "may not ask: it is neither the edge's address nor in the region's accept"
"""What the proxy of a host says to whoever it does not know."""


def check(host: Host, release: Release) -> None:
    """One that is away keeps nobody: it may be back later. One that shuts the edge out would do so for good."""
    asks = release.manifest.get("asks") or {}
    for one in asks.get("hosts") or ():
        address, _, port = one.rpartition(":")
        status, said = host.ask(address.strip("[]"), int(port), asks["path"], 2)
        if status == 403 and SHUT_OUT in said:
            seen = said.split()[1]
            raise Refused(
                f"{one} does not let this edge ask, which it sees as {seen}: give the edge `asksFrom: [{seen}]`"
            )
