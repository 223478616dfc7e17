"""How a region's address range is divided. Arithmetic alone; `components/aws/network.py` makes the subnets."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from itertools import combinations

MOST_ZONES = 4
"""Each zone's part is the same whether fewer zones are used or all, so that a zone added later moves nothing."""
LARGEST, SMALLEST = 16, 23
"""Prefix lengths. AWS takes VPCs up to /16; below /23 a public subnet would be smaller than the /27 that an ALB needs."""
_PRIVATE = [IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]


@dataclass(frozen=True, kw_only=True)
class Subnets:
    """Ranges in the order of the zones. Load balancers and NAT stand in `public`, hosts in `private`, which are larger."""

    public: tuple[str, ...]
    private: tuple[str, ...]


def plan(range: str, zones: int) -> Subnets:
    """An eighth of the range for each zone's hosts, a sixteenth for what faces the internet; the last quarter stays free.

    Raises ValueError for a range that `checked` refuses and for more zones than MOST_ZONES.
    """
    if not 1 <= zones <= MOST_ZONES:
        raise ValueError(f"{zones} zones are asked for; allowed are 1 to {MOST_ZONES}")
    half, other_half = IPv4Network(checked(range)).subnets(prefixlen_diff=1)
    quarter, _ = other_half.subnets(prefixlen_diff=1)
    return Subnets(
        public=tuple(str(each) for each in quarter.subnets(prefixlen_diff=2))[:zones],
        private=tuple(str(each) for each in half.subnets(prefixlen_diff=2))[:zones],
    )


def checked(range: str) -> str:
    """`range` if a network can be made of it. Raises ValueError, whose message follows the name of a setting."""
    try:
        network = ip_network(range)
    except ValueError:
        try:
            meant = f"; write {ip_network(range, strict=False)}"
        except ValueError:
            meant = ""
        raise ValueError(f"is not an address range such as 10.20.0.0/16{meant}") from None
    if not isinstance(network, IPv4Network) or not any(network.subnet_of(each) for each in _PRIVATE):
        raise ValueError(f"is not private; take a range inside {', '.join(map(str, _PRIVATE))}")
    if not LARGEST <= network.prefixlen <= SMALLEST:
        raise ValueError(
            f"is a /{network.prefixlen}; allowed is /{LARGEST} to /{SMALLEST}, such as {network.network_address}/{LARGEST}"
        )
    return range


def overlaps(ranges: Mapping[str, str | None]) -> list[str]:
    """One sentence for each two regions whose ranges share addresses, so that they could never be connected."""
    networks = {name: IPv4Network(range) for name, range in ranges.items() if range}
    return [
        f"slipway:regions.{second}.network.range is {networks[second]}, which overlaps {networks[first]} of {first}; "
        f"give each region a range of its own, such as {_free(networks)}."
        for first, second in combinations(networks, 2)
        if networks[first].overlaps(networks[second])
    ]


def _free(networks: Mapping[str, IPv4Network]) -> IPv4Network:
    """The first /16 of the private ranges that overlaps none of `networks`."""
    candidates = (each for private in _PRIVATE for each in private.subnets(new_prefix=LARGEST))
    return next(each for each in candidates if not any(each.overlaps(taken) for taken in networks.values()))
