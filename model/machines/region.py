"""A region of machines that are there already, and what stands in front of them."""

from functools import reduce
from typing import Annotated, Self

from pydantic import Field, model_validator

from model import tuning
from model.base import Base
from model.door import EdgeDoor, HostDoor, WatchedDoor, authority
from model.edge_rules import EdgeRules
from model.login import Login
from model.machines import watched
from model.machines.firewall import Firewall
from model.machines.logs import Logs
from model.machines.monitor import Monitor
from model.machines.monitor_files import Duty, Target
from model.machines.system import System
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


class Edge(EdgeRules, PlainHost):
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

    @model_validator(mode="after")
    def _closed_paths_need_no_rules(self) -> Self:
        both = {path.rstrip("/") for path in self.closed} & {each.path.rstrip("/") for each in self.paths}
        if both:
            raise ValueError(
                f"has {min(both) or '/'} in `closed` and in `paths`; nobody gets there: leave it out of one"
            )
        return self

    @model_validator(mode="after")
    def _a_ca_knows_the_names(self) -> Self:
        if (
            self.tls
            and self.tls.acme
            and (not self.names or any(name.startswith("*") for name in self.names))
        ):
            raise ValueError(
                f"has `tls.acme` and `names` {list(self.names)}; a CA gives a certificate for names that it can ask over HTTP: "
                "name each, without `*`"
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
    monitor: Monitor | None = None
    """The one that watches them; left out: nobody does."""
    firewall: Firewall | None = None
    """Closes hosts and edge to all but what is theirs; left out: nothing on them is filtered."""
    tuning: Tuning | None = None
    """Sets values of the kernel on hosts and edge; left out: they stay as they are."""
    logs: Logs | None = None
    """Has the edge write down each request, and gives every journal its limits; left out: as the machines have it."""
    system: System | None = None
    """Who may read on the machines, what greets a log-in, security updates; left out: as the machines have it."""
    time_synchronised: bool = False
    """Whether a machine whose clock nobody keeps, as `timedatectl` says, is refused before anything is changed."""
    answers: tuple[Address, ...] = ()
    """Addresses, IPv4 and IPv6, to which a front door of DNS sends users; left out: the edge's or, without one, the hosts'."""
    trusted_proxies: tuple[Network, ...] = ()
    """Proxies before the edge (or before the hosts, without one) whose word is taken for who a client is (docs/http.md)."""

    def host_door(self, host: PlainHost) -> HostDoor:
        """Who comes in at the service's port of one of the hosts."""
        edges = (self.edge.asks_from or (self.edge.address,)) if self.edge else ()
        accepted = self.accept or () if self.edge else self.accept
        if self.monitor and accepted is not None and not self.edge:  # it asks as users do
            accepted = (*accepted, *self.monitor.sources)
        return HostDoor(
            bind=host.bind,
            accepted=accepted,
            edges=edges,
            trusted=() if self.edge else self.trusted_proxies,
            watched=self._watched,
        )

    @property
    def _watched(self) -> WatchedDoor | None:
        """Where hosts and edge answer the monitor."""
        return WatchedDoor(port=self.monitor.metrics, monitors=self.monitor.sources) if self.monitor else None

    def edge_door(self, edge: Edge) -> EdgeDoor:
        """Who comes in at the edge."""
        return EdgeDoor(
            bind=edge.bind,
            names=edge.names,
            closed=edge.closed,
            trusted=self.trusted_proxies,
            tls=edge.tls,
            watched=self._watched,
            told=self.logs is not None and self.logs.requests,
            rules=edge,
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
            self.firewall.of_host(host.port, service.port, door.edges, door.accepted, door.watched)
            if self.firewall
            else None
        )
        ports = (service.port, *service.slots, *(port for pair in service.ports.values() for port in pair))
        base = self._base(service.name, filter, ports, front=self.edge is None)
        return base.plus(watched.base(service.name, self.monitor.every)) if self.monitor else base

    def edge_base(self, edge: Edge, service: Service) -> Base:
        """What the edge gets beside its site."""
        filter = (
            self.firewall.of_edge(
                edge.port, edge.listen, edge.tls.listen if edge.tls else None, self._watched
            )
            if self.firewall
            else None
        )
        name = f"{service.name}-edge"
        ports = (edge.listen, *([edge.tls.listen] if edge.tls else []))
        base = self._base(name, filter, ports, front=True)
        return base.plus(watched.base(name, self.monitor.every)) if self.monitor else base

    def monitor_base(self, monitor: Monitor, service: Service) -> Base:
        """What the monitor gets beside its files."""
        filter = (
            self.firewall.of_monitor(monitor.port, monitor.listen, monitor.readers) if self.firewall else None
        )
        return self._base(f"{service.name}-monitor", filter, (monitor.listen,), front=False)

    def duty(self, name: str, monitor: Monitor, service: Service) -> Duty:
        """What the monitor of the region called `name` watches."""
        path = (monitor.path or service.health.path or "/").removeprefix("/")
        hosts = [
            Target(
                name=host.name,
                address=host.address,
                role="host",
                url=None if self.edge else f"http://{authority(host.address, service.port)}/{path}",
            )
            for host in self.hosts
        ]
        edges = []
        if edge := self.edge:
            port = edge.tls.listen if edge.tls else edge.listen
            at = f"{'https' if edge.tls else 'http'}://{authority(edge.address, port)}/{path}"
            called = next((each for each in edge.names if not each.startswith("*")), None)
            edges = [Target(name=edge.name, address=edge.address, role="edge", url=at, called=called)]
        return Duty(
            service=service.name,
            region=name,
            monitor=monitor,
            targets=(*edges, *hosts),
            own_metrics=service.metrics is not None,
        )

    def _base(self, name: str, filter: PacketFilter | None, ports: tuple[int, ...], *, front: bool) -> Base:
        asked = (self.monitor.metrics,) if self.monitor else ()
        kernel = self.tuning.values((*ports, *asked), front) if self.tuning else {}
        files = (tuning.file(name, kernel),) if kernel else ()
        base = Base(firewall=filter, kernel=kernel, files=files, clock=self.time_synchronised)
        parts = [part.base(name) for part in (self.logs, self.system) if part]
        return reduce(Base.plus, parts, base)

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
    def _machines_know_the_monitor(self) -> Self:
        if self.monitor and not self.monitor.asks_from and not is_address(self.monitor.address):
            raise ValueError(
                f"has a monitor by the name {self.monitor.address}, and machines answer addresses: write those from which they "
                "see it ask into `monitor.asksFrom`"
            )
        return self

    @model_validator(mode="after")
    def _hosts_are_usable(self) -> Self:
        if not self.hosts:
            raise ValueError(
                "has an empty `hosts`; name at least one host with name, address, architecture and hostKey"
            )
        beside = [each for each in (self.edge, self.monitor) if each]
        machines = [*self.hosts, *beside]
        for what in ("name", "address"):
            values = [getattr(machine, what) for machine in machines]
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise ValueError(f"uses the {what} {twice[0]} for more than one machine; each needs its own")
        return self
