"""Who logs in on machines, whoever made them."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from model.setting import HostKey, MachineAddress, Port, Setting

User = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")]


class Jump(Setting):
    """One machine on the way, which forwards connections (ssh's ProxyJump). It is given the same key."""

    address: MachineAddress
    """Where it is reached from here; the hosts' addresses are then those that it knows."""
    host_key: HostKey
    """The only SSH key that it may show."""
    user: User | None = None
    """Who logs in on it; left out: the login's own user. Needs no rights there but to forward."""
    port: Port = 22
    """Of its SSH server."""


class Login(Setting):
    """Who logs in on the hosts: a user that is not root and may run `sudo -n`."""

    user: User = "deploy"
    """Not root; may run `sudo -n`, which asks for no password and no terminal. Any login shell will do."""
    private_key_file: str | None = None
    """A path, relative to the project or from `~`, of a key without a passphrase. Without one the SSH agent is asked.
    A preview needs no key."""
    public_key: HostKey | None = None
    """For machines that are made: the key that is let in. Left out, and without `publicKeys`: what stands in the file
    `<privateKeyFile>.pub` of whoever runs `up`."""
    public_keys: tuple[HostKey, ...] = ()
    """For machines that are made: more keys that are let in, one for each who deploys. Machines that are there get another list
    with the next `up`, which has to be let in by the one before."""
    jump: Jump | None = None
    """The machine through which hosts are reached, where there is one. On AWS, `access` says it."""

    def key_path(self, project: Path) -> Path | None:
        """Where the private key stands, if one is named."""
        return project / Path(self.private_key_file).expanduser() if self.private_key_file else None

    @property
    def named_keys(self) -> tuple[str, ...]:
        """The public keys in the stack file, each once."""
        return tuple(dict.fromkeys([*([self.public_key] if self.public_key else ()), *self.public_keys]))

    @model_validator(mode="after")
    def _not_root(self) -> Self:
        if self.user == "root":
            raise ValueError("must not log in as root; make a user of its own that may run `sudo -n`")
        return self
