"""Machines that answer for the shared name, in one place."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from model import flows, packet_filter
from model.base import Base
from model.flows import Role
from model.login import Login
from model.plain_host import PlainHost
from model.setting import Address, Network, Setting


class NameServer(PlainHost):
    """A machine that serves DNS."""

    reached_at: tuple[Address, ...] = ()
    """The addresses, IPv4 and IPv6, at which resolvers reach it; left out: its `address`."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where resolvers reach it."""
        return self.reached_at or (self.address,)


class DnsFirewall(Setting):
    """Closes the machines with nftables to all but DNS, for everybody, and SSH."""

    operators: Annotated[tuple[Network, ...], Field(min_length=1)]
    """From where machines may be reached over SSH, as they see it; where `up` runs is among them, or `login.jump` is."""


class NameServers(Setting):
    """`hosts` that serve DNS, or the `inventory` file that lists them in the same words."""

    login: Login = Login()
    """Who logs in on the machines."""
    hosts: tuple[NameServer, ...]
    """Machines for this alone: they run PowerDNS, and resolvers reach port 53 of them over UDP and TCP."""
    firewall: DnsFirewall | None = None
    """Left out: nothing on them is filtered."""

    def base(self, host: NameServer) -> Base:
        """What one of the machines gets beside its zone."""
        if self.firewall is None:
            return Base()
        table = (flows.login(Role.DNS, port=host.port), *flows.questions())
        known = {Role.WORLD: None, Role.OPERATORS: self.firewall.operators}
        return Base(firewall=packet_filter.of(Role.DNS, table, known))

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.hosts:
            raise ValueError(
                "has an empty `hosts`; name a machine with name, address, architecture and hostKey"
            )
        return self
