"""Who begins connections to whom: what the security groups of a cloud and the packet filter of a machine both say."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

HTTP, HTTPS, SSH, DNS = 80, 443, 22, 53
Protocol = Literal["tcp", "udp"]


class Role(Enum):
    """Who stands at one end of a connection; the value is how names and pages call it."""

    WORLD = "world"
    OPERATORS = "operators"
    ACCEPTED = "accepted"
    LOAD_BALANCER = "load-balancer"
    EDGE = "edge"
    HOSTS = "hosts"
    BASTION = "bastion"
    TUNNEL = "tunnel"
    CONTROL_PLANE = "control-plane"
    DNS = "dns"
    MONITOR = "monitor"
    READERS = "readers"

    @property
    def outside(self) -> bool:
        """Whether it is addresses from elsewhere, which nothing here filters."""
        return self in (Role.WORLD, Role.OPERATORS, Role.ACCEPTED, Role.READERS)


@dataclass(frozen=True, kw_only=True)
class Flow:
    """`source` begins connections to a port of `target`; answers always pass."""

    source: Role
    target: Role
    port: int
    why: str
    protocol: Protocol = "tcp"


def users(
    front: Role, *, port: int = HTTP, tls: int | None = None, source: Role = Role.WORLD
) -> tuple[Flow, ...]:
    """Those who use the service, at what stands in front of it."""
    if tls is None:
        return (Flow(source=source, target=front, port=port, why="Users"),)
    return (
        Flow(source=source, target=front, port=tls, why="Users, over TLS"),
        Flow(source=source, target=front, port=port, why="Users who are sent on to HTTPS"),
    )


def requests(source: Role, port: int) -> Flow:
    """What comes to a host's proxy."""
    return Flow(source=source, target=Role.HOSTS, port=port, why="Requests and health checks")


def questions() -> tuple[Flow, ...]:
    """What resolvers ask DNS hosts."""
    return (
        Flow(source=Role.WORLD, target=Role.DNS, port=DNS, why="DNS", protocol="udp"),
        Flow(source=Role.WORLD, target=Role.DNS, port=DNS, why="DNS over TCP"),
    )


def metrics(target: Role, port: int) -> Flow:
    """What a monitor asks of a machine."""
    return Flow(source=Role.MONITOR, target=target, port=port, why="Metrics, for the monitor")


def pages(port: int) -> Flow:
    """Who looks at what a monitor has found."""
    return Flow(source=Role.READERS, target=Role.MONITOR, port=port, why="The monitor's pages")


def login(target: Role, *, port: int = SSH, why: str = "SSH from operators") -> Flow:
    """Operators, who alone log in."""
    return Flow(source=Role.OPERATORS, target=target, port=port, why=why)
