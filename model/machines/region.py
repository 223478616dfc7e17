"""A region of machines that are there already, and what stands in front of them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from model.architecture import Architecture
from model.login import Login
from model.setting import HostKey, Name, Port, Setting


class PlainHost(Setting):
    """A machine that is there already."""

    name: Name
    """What it is called in messages and outputs."""
    address: Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z0-9.:-]+$")]
    """Where it is reached, over SSH and by the edge."""
    architecture: Architecture
    """What is built for it; checked on the machine."""
    host_key: HostKey
    """The only SSH key that this machine may show, as in `ssh-ed25519 AAAA…`."""
    port: Port = 22
    """Of its SSH server."""


class Edge(PlainHost):
    """The machine in front of the others: nginx, spreading requests over the region's hosts."""

    listen: Port = 80
    """Where users reach it."""


class Region(Setting):
    """`hosts` behind an `edge`, or the `inventory` file that lists both in the same words."""

    login: Login = Login()
    """Who logs in on the machines."""
    hosts: tuple[PlainHost, ...]
    """Those that run the service."""
    edge: Edge | None = None
    """The one before them, if any."""

    @property
    def host_names(self) -> tuple[str, ...]:
        """In the order in which a release reaches them."""
        return tuple(host.name for host in self.hosts)

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
