"""What a machine lets in, as its own packet filter is told: the flows that end there, with addresses where they begin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any

from model.flows import Flow, Protocol, Role

Addresses = tuple[str, ...] | None
"""Networks of both families; None: from everywhere."""


@dataclass(frozen=True, kw_only=True)
class Inlet:
    """A port that is open to some."""

    port: int
    sources: Addresses
    why: str
    protocol: Protocol = "tcp"

    def manifest(self) -> dict[str, Any]:
        """As the activator reads it."""
        sources = None if self.sources is None else list(self.sources)
        return {"port": self.port, "protocol": self.protocol, "from": sources, "why": self.why}


@dataclass(frozen=True, kw_only=True)
class PacketFilter:
    """Whatever none of these names is closed. Who may log in stands apart: it is what must never be lost."""

    logins: tuple[Inlet, ...]
    inlets: tuple[Inlet, ...]

    def manifest(self) -> dict[str, Any]:
        """As the activator reads it."""
        return {
            "logins": [each.manifest() for each in self.logins],
            "inlets": [each.manifest() for each in self.inlets],
        }


def of(
    role: Role, flows: Sequence[Flow], addresses: Mapping[Role, Addresses], more: Sequence[Inlet] = ()
) -> PacketFilter:
    """The flows that end at `role`, their beginnings as `addresses`, and `more` that the user opens."""
    ends = [flow for flow in flows if flow.target is role]
    inlets = [(flow, _inlet(flow, addresses[flow.source])) for flow in ends]
    return PacketFilter(
        logins=tuple(inlet for flow, inlet in inlets if flow.source is Role.OPERATORS),
        inlets=(*(inlet for flow, inlet in inlets if flow.source is not Role.OPERATORS), *more),
    )


def _inlet(flow: Flow, sources: Addresses) -> Inlet:
    merged = None if sources is None else _merged(sources)
    return Inlet(port=flow.port, sources=merged, why=flow.why, protocol=flow.protocol)


def _merged(networks: tuple[str, ...]) -> tuple[str, ...]:
    """Without those that lie in others, which a set of nftables refuses."""
    found = [ip_network(each) for each in networks]
    four = collapse_addresses([each for each in found if isinstance(each, IPv4Network)])
    six = collapse_addresses([each for each in found if isinstance(each, IPv6Network)])
    return tuple(str(each) for each in (*four, *six))
