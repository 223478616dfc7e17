"""A region of machines that are there already, and what stands in front of them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from model import tuning
from model.base import Base
from model.door import EdgeDoor, HostDoor, authority
from model.login import Login
from model.machines.firewall import Firewall
from model.packet_filter import PacketFilter
from model.place import Place
from model.plain_host import PlainHost
from model.service import Service
from model.setting import Address, Network, Port, is_address
from model.tls import Tls
from model.traffic import Traffic
from model.tuning import Tuning

HostName = Annotated[str, Field(pattern=r"^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")]
ClosedPath = Annotated[str, Field(pattern=r"^/[!#-~]*$")]


class Edge(PlainHost):
    """The machine in front of the others: nginx, spreading requests over the region's hosts."""

    listen: Port = 80
    """Where users reach it."""
    asks_from: tuple[Address, ...] = ()
    """The addresses from which hosts see it ask, where that is not its `address`."""
    names: tuple[HostName, ...] = ()
    """What users call it, such as `shop.example.com`, so that services can share a port. None: whatever comes to the port."""
    closed: tuple[ClosedPath, ...] = ()
    """Paths that the edge answers with 404, each with all below it, such as `/metrics` and `/debug/`."""

    tls: Tls | None = None
    """Serves HTTPS, and sends HTTP on to it; left out: HTTP alone."""

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        if self.tls and self.tls.listen == self.listen:
            raise ValueError(
                f"has {self.listen} as `listen` and as `tls.listen`; HTTP, which is sent on, needs a port of its own"
            )
        return self

    @property
    def url(self) -> str:
        """What users type."""
        name = next((name for name in self.names if not name.startswith("*")), self.address)
        if self.tls:
            return f"https://{authority(name, self.tls.listen).removesuffix(':443')}/"
        return f"http://{authority(name, self.listen).removesuffix(':80')}/"


class Region(Traffic):
    """`hosts` behind an `edge`, or the `inventory` file that lists both in the same words."""

    login: Login = Login()
    """Who logs in on the machines."""
    hosts: tuple[PlainHost, ...]
    """Those that run the service."""
    edge: Edge | None = None
    """The one before them, if any."""
    accept: tuple[Network, ...] | None = None
    """Who may ask hosts at the service's port besides the edge and the host itself. Unless given: nobody; all without an edge."""
    firewall: Firewall | None = None
    """Closes hosts and edge to all but what is theirs; left out: nothing on them is filtered."""
    tuning: Tuning | None = None
    """Sets values of the kernel on hosts and edge; left out: they stay as they are."""
    answers: tuple[Address, ...] = ()
    """Addresses, IPv4 and IPv6, to which a front door of DNS sends users; left out: the edge's or, without one, the hosts'."""
    trusted_proxies: tuple[Network, ...] = ()
    """Proxies before the edge (or before the hosts, without one) whose word is taken for who a client is (docs/http.md)."""

    def host_door(self, host: PlainHost) -> HostDoor:
        """Who comes in at the service's port of one of the hosts."""
        edges = (self.edge.asks_from or (self.edge.address,)) if self.edge else ()
        accepted = self.accept or () if self.edge else self.accept
        return HostDoor(
            bind=host.bind,
            accepted=accepted,
            edges=edges,
            trusted=() if self.edge else self.trusted_proxies,
        )

    def edge_door(self, edge: Edge) -> EdgeDoor:
        """Who comes in at the edge."""
        return EdgeDoor(
            bind=edge.bind,
            names=edge.names,
            closed=edge.closed,
            trusted=self.trusted_proxies,
            tls=edge.tls,
        )

    def place(self, service: Service) -> Place:
        """It as the front door sees it."""
        machines = [*self.hosts, *([self.edge] if self.edge else [])]
        entry = (self.edge,) if self.edge else self.hosts
        tls = self.edge.tls if self.edge else None
        return Place(
            kind="machines",
            traffic=self,
            machines=len(self.hosts),
            port=(tls.listen if tls else self.edge.listen) if self.edge else service.port,
            tls=tls is not None,
            own_names=tuple(machine.address for machine in machines),
            served_names=self.edge.names if self.edge else (),
            answers=self.answers or tuple(machine.address for machine in entry),
        )

    def host_base(self, host: PlainHost, service: Service) -> Base:
        """What one of the hosts gets beside the service."""
        door = self.host_door(host)
        filter = (
            self.firewall.of_host(host.port, service.port, door.edges, door.accepted)
            if self.firewall
            else None
        )
        ports = (service.port, *service.slots, *(port for pair in service.ports.values() for port in pair))
        return self._base(service.name, filter, ports, front=self.edge is None)

    def edge_base(self, edge: Edge, service: Service) -> Base:
        """What the edge gets beside its site."""
        filter = (
            self.firewall.of_edge(edge.port, edge.listen, edge.tls.listen if edge.tls else None)
            if self.firewall
            else None
        )
        return self._base(f"{service.name}-edge", filter, (edge.listen,), front=True)

    def _base(self, name: str, filter: PacketFilter | None, ports: tuple[int, ...], *, front: bool) -> Base:
        kernel = self.tuning.values(ports, front) if self.tuning else {}
        files = (tuning.file(name, kernel),) if kernel else ()
        return Base(firewall=filter, kernel=kernel, files=files)

    @property
    def host_names(self) -> tuple[str, ...]:
        """In the order in which a release reaches them."""
        return tuple(host.name for host in self.hosts)

    @model_validator(mode="after")
    def _the_firewall_knows_the_edge(self) -> Self:
        if self.firewall and self.edge and not self.edge.asks_from and not is_address(self.edge.address):
            raise ValueError(
                f"has a `firewall`, which knows machines by their addresses, and an edge by the name {self.edge.address}: "
                "write the addresses from which hosts see it ask into `edge.asksFrom`"
            )
        return self

    @model_validator(mode="after")
    def _hosts_are_usable(self) -> Self:
        if not self.hosts:
            raise ValueError(
                "has an empty `hosts`; name at least one host with name, address, architecture and hostKey"
            )
        machines = [*self.hosts, *([self.edge] if self.edge else [])]
        for what in ("name", "address"):
            values = [getattr(machine, what) for machine in machines]
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise ValueError(f"uses the {what} {twice[0]} for more than one machine; each needs its own")
        return self
