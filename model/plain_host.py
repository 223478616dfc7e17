"""A machine that is there already, whatever it is for."""

from typing import Annotated

from pydantic import AfterValidator

from model.architecture import Architecture
from model.setting import Address, HostKey, MachineAddress, Name, Port, Setting


def _not_rsa(key: str) -> str:
    # Of an RSA key the provider asks for the SHA-1 signature alone, which OpenSSH refuses since 8.8.
    if key.startswith("ssh-rsa "):
        raise ValueError(
            "is an RSA key, which cannot be pinned; give the host's ed25519 key, which `ssh-keyscan -t ed25519 ADDRESS` prints"
        )
    return key


class PlainHost(Setting):
    """A machine that is there already."""

    name: Name
    """What it is called in messages and outputs."""
    address: MachineAddress
    """Where it is reached, over SSH and by the edge: a name, or an IPv4 or IPv6 address."""
    architecture: Architecture
    """What is built for it; checked on the machine."""
    host_key: Annotated[HostKey, AfterValidator(_not_rsa)]
    """The only SSH key that this machine may show, as in `ssh-ed25519 AAAA…`."""
    port: Port = 22
    """Of its SSH server."""
    bind: tuple[Address, ...] = ()
    """The machine's own addresses on which the service is open; all of both families unless some are given."""
