"""Whether a machine's firewall would let in who runs this: it drops all others without a word, so it is looked at before."""

from __future__ import annotations

import ipaddress
import urllib.request
from collections.abc import Callable, Mapping, Sequence

URL = "https://checkip.amazonaws.com"
"""AWS's own answer to which address somebody comes from over IPv4."""
PATIENCE = 5
"""Seconds for it; who does not know after that says nothing."""
NOWHERE = tuple(
    ipaddress.ip_network(each)
    for each in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"),
        *("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"),
    )
)
"""From where nobody comes over the internet: private (RFC 1918, 6598, 4193), and for documentation (RFC 5737, 3849)."""

TAKE = "name the one that you deploy from, or take `access: {tunnel: {}}`, which needs none"


def faults(ranges: Mapping[str, Sequence[str]], ask: Callable[[], str | None] | None = None) -> list[str]:
    """A sentence for each place (its key in the stack file -> the ranges that it lets in) that will drop who deploys.

    Without `ask`, by what the ranges themselves tell.
    """
    empty = {key: each for key, each in ranges.items() if all(map(_unroutable, each))}
    found = [
        f"{key} lets in {', '.join(each)} alone, from where nobody comes over the internet (private, or for documentation): "
        f"{TAKE}."
        for key, each in empty.items()
    ]
    others = {key: each for key, each in ranges.items() if key not in empty}
    if not others or ask is None or (address := ask()) is None:
        return found
    here = ipaddress.ip_address(address)
    return found + [
        f"{key} lets in {', '.join(each)} alone, and this machine comes from {address}, so its logins will be dropped: {TAKE}."
        for key, each in others.items()
        if not any(here in ipaddress.ip_network(one) for one in each)
    ]


def address(url: str = URL) -> str | None:
    """Where this machine comes from; None where nobody answers. Not through a proxy, which SSH does not go through either."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=PATIENCE) as answer:
            return str(ipaddress.ip_address(answer.read(64).decode("ascii").strip()))
    except (OSError, ValueError):
        return None


def _unroutable(range: str) -> bool:
    network = ipaddress.ip_network(range)
    return any(network.version == each.version and network.subnet_of(each) for each in NOWHERE)  # type: ignore[arg-type]
