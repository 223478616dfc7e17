"""A region of machines that are there already, and what stands in front of them."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from model.architecture import Architecture
from model.setting import HostKey, Name, Port, Setting


class Login(Setting):
    """Who logs in on the hosts: a user that is not root and may run `sudo -n`."""

    user: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")] = "deploy"
    """Not root; may run `sudo -n`."""
    private_key_file: str | None = None
    """A path, relative to the project or from `~`; without one the SSH agent is asked."""
    public_key: HostKey | None = None
    """For machines that are made: the key that is let in. Left out: what stands in the file `<privateKeyFile>.pub`."""

    def key_path(self, project: Path) -> Path | None:
        """Where the private key stands, if one is named."""
        return project / Path(self.private_key_file).expanduser() if self.private_key_file else None

    @model_validator(mode="after")
    def _not_root(self) -> Self:
        if self.user == "root":
            raise ValueError("must not log in as root; make a user of its own that may run `sudo -n`")
        return self


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
