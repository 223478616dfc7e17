"""The packet filter of machines that are there already: who may reach what in their region, and the settings for it."""

from typing import Annotated, Literal

from pydantic import Field

from model import flows, packet_filter
from model.door import WatchedDoor
from model.flows import Flow, Protocol, Role
from model.packet_filter import Addresses, Inlet, PacketFilter
from model.setting import Network, Port, Setting

Why = Annotated[str, Field(pattern=r"^[A-Za-z0-9 ,.:/()+-]{1,80}$")]


class OpenPort(Setting):
    """A port of something else on the machines, such as a database or an exporter."""

    port: Port
    """Which."""
    protocol: Protocol = "tcp"
    """Its kind."""
    sources: Annotated[tuple[Network, ...], Field(min_length=1)]
    """Who may reach it."""
    on: Literal["hosts", "edge", "monitor", "all"] = "all"
    """Which machines have it."""
    why: Why
    """What it is, in a few plain words; it stands beside the rule's counter."""


class Firewall(Setting):
    """Closes the machines with nftables to all but what docs/hosts.md lists."""

    operators: Annotated[tuple[Network, ...], Field(min_length=1)]
    """From where machines may be reached over SSH, as they see it; where `up` runs is among them, or `login.jump` is."""
    open: tuple[OpenPort, ...] = ()
    """What else is open, besides SSH and the service."""

    def _more(self, on: str) -> tuple[Inlet, ...]:
        return tuple(
            Inlet(port=each.port, protocol=each.protocol, sources=each.sources, why=each.why)
            for each in self.open
            if each.on in (on, "all")
        )

    def of_host(
        self,
        ssh: int,
        service: int,
        edges: tuple[str, ...],
        accepted: Addresses,
        watched: WatchedDoor | None = None,
    ) -> PacketFilter:
        """One that runs the service, for the edges before it, its monitor, and whoever else may ask."""
        table = [flows.login(Role.HOSTS, port=ssh)]
        if edges:
            table.append(flows.requests(Role.EDGE, service))
        if accepted is None or accepted:
            table.append(flows.requests(Role.ACCEPTED, service))
        known: dict[Role, Addresses] = {Role.EDGE: edges, Role.ACCEPTED: accepted}
        return self._filter(Role.HOSTS, table, known, self._more("hosts"), watched)

    def of_edge(
        self, ssh: int, listen: int, tls: int | None = None, watched: WatchedDoor | None = None
    ) -> PacketFilter:
        """The one before the others."""
        table = [flows.login(Role.EDGE, port=ssh), *flows.users(Role.EDGE, port=listen, tls=tls)]
        return self._filter(Role.EDGE, table, {}, self._more("edge"), watched)

    def of_monitor(self, ssh: int, listen: int, readers: tuple[str, ...]) -> PacketFilter:
        """The one that watches the others."""
        table = [flows.login(Role.MONITOR, port=ssh)]
        if readers:
            table.append(flows.pages(listen))
        return self._filter(Role.MONITOR, table, {Role.READERS: readers}, self._more("monitor"))

    def _filter(
        self,
        role: Role,
        table: list[Flow],
        addresses: dict[Role, Addresses],
        more: tuple[Inlet, ...],
        watched: WatchedDoor | None = None,
    ) -> PacketFilter:
        known = {Role.WORLD: None, Role.OPERATORS: self.operators, **addresses}
        if watched:
            table.append(flows.metrics(role, watched.port))
            known[Role.MONITOR] = watched.monitors
        return packet_filter.of(role, table, known, more)
