"""Who comes in where: the addresses that a port is open on, who may ask, and whose word about the client is taken."""

from dataclasses import dataclass

from model.edge_rules import NO_RULES, EdgeRules
from model.tls import Tls

EVERYWHERE = ("0.0.0.0", "::")
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""Where a cloud's load balancers ask from."""
IPV6 = "@ipv6@"
"""Begins a line that the activator leaves out on a machine without IPv6."""


def authority(address: str, port: int) -> str:
    """`address:port`, with brackets around an IPv6 address."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def listed(bind: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses to listen on; without any, all of both families."""
    return bind or EVERYWHERE


@dataclass(frozen=True, kw_only=True)
class WatchedDoor:
    """A port of its own for metrics, at which addresses of a monitor are answered, and nobody else is."""

    port: int
    monitors: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HostDoor:
    """The port of the service on one of its hosts.

    Only addresses in `accepted` may ask, besides the edges and the machine itself; None: everybody. `edges` have asked others
    before they tell who a client is; of the `trusted` networks the last address in X-Forwarded-For is believed.
    """

    bind: tuple[str, ...] = ()
    accepted: tuple[str, ...] | None = None
    edges: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()
    watched: WatchedDoor | None = None

    def listeners(self, port: int) -> tuple[str, ...]:
        """Lines of HAProxy's configuration."""
        return tuple(_bind(address, port, self.bind) for address in listed(self.bind))


@dataclass(frozen=True, kw_only=True)
class EdgeDoor:
    """The edge's own port: for which names, with which paths closed, and whose word it takes."""

    bind: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()
    tls: Tls | None = None
    watched: WatchedDoor | None = None
    told: bool = False
    """Whether a line is written for each request, which then has an id."""
    rules: EdgeRules = NO_RULES

    @property
    def watched_listeners(self) -> tuple[str, ...]:
        """Likewise, of the port for metrics, which is the default whatever name is asked for."""
        if not self.watched:
            return ()
        return tuple(
            f"{_optional(address, self.bind)}listen {_nginx(address, self.watched.port)} default_server;"
            for address in listed(self.bind)
        )

    def listeners(self, port: int, kind: str = "") -> tuple[str, ...]:
        """Lines of nginx's configuration. Without names whatever comes to the port is the service's."""
        end = f"{kind};" if self.names else f"{kind} default_server;"
        return tuple(
            f"{_optional(address, self.bind)}listen {_nginx(address, port)}{end}"
            for address in listed(self.bind)
        )


OPEN = HostDoor()
"""A host that everybody may ask, and that believes nobody."""
ANY_NAME = EdgeDoor()
"""An edge to which whatever comes to the port belongs."""


def _bind(address: str, port: int, bind: tuple[str, ...]) -> str:
    family = " v6only" if ":" in address else ""
    return f"{_optional(address, bind)}bind {'*' if address == '0.0.0.0' else address}:{port}{family}"


def _nginx(address: str, port: int) -> str:
    return str(port) if address == "0.0.0.0" else authority(address, port)


def _optional(address: str, bind: tuple[str, ...]) -> str:
    return f"{IPV6} " if ":" in address and not bind else ""
