"""How a region is lost: what of it users reach no more, and what they meet in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from desk.stack import Machine
from model.refusal import Refusal


class How(StrEnum):
    """NETWORK: nobody answers for it. EDGE: the ports of users refuse, as those of a proxy that has ended do. HOSTS: its edge
    reaches no host, and says so to whoever asks."""

    NETWORK = "network"
    EDGE = "edge"
    HOSTS = "hosts"

    @property
    def told(self) -> str:
        return {
            How.NETWORK: "nobody reaches it but over SSH",
            How.EDGE: "the ports of users refuse",
            How.HOSTS: "its edge reaches no host",
        }[self]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Whom users, or the edge, reach no more at which ports; `refused`: they are told so at once."""

    machines: Sequence[Machine]
    ports: Sequence[int]
    refused: bool


def taken(
    how: How, edges: Sequence[Machine], hosts: Sequence[Machine], users: set[int], service: int
) -> Taken:
    """Of a region with these machines; `users` are the ports at which they come, `service` that of its hosts. Raises Refusal."""
    if how is How.HOSTS and not edges:
        raise Refusal(
            ["a region without an edge has no hosts behind one; without them it is lost by --how edge"]
        )
    if how is How.NETWORK:
        return Taken(machines=[*hosts, *edges], ports=sorted(users | {service}), refused=False)
    if how is How.EDGE:
        return Taken(machines=edges or hosts, ports=sorted(users), refused=True)
    return Taken(machines=hosts, ports=[service], refused=True)
