"""Addresses of machines that are pretended: out of a range that no network routes, so that none can be reached by mistake."""

from __future__ import annotations

import ipaddress
import secrets

RANGE = ipaddress.ip_network("198.18.0.0/15")
"""For tests of network devices only, by RFC 2544."""


def address() -> str:
    """A random one."""
    return str(RANGE[1 + secrets.randbelow(RANGE.num_addresses - 2)])


def contains(host: object) -> bool:
    """Whether what a connection names as its host is such an address."""
    try:
        return ipaddress.ip_address(str(host)) in RANGE
    except ValueError:
        return False
