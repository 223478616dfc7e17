"""What makes a host itself: its name, address, host key and who may log in; as files to be laid over a base image."""

import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

DEPLOY_ID = 1000


@dataclass(frozen=True, kw_only=True)
class Key:
    """An ed25519 key pair: `private` in OpenSSH's format, `public` as one line without a comment."""

    private: str
    public: str


@dataclass(frozen=True, kw_only=True)
class GuestFile:
    """A file of a host: absolute path, content, permission bits, numeric owner (and group)."""

    path: str
    content: str
    mode: int = 0o644
    owner: int = 0


def new_key() -> Key:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return Key(private=private, public=public)


def guest_files(
    *, name: str, cidr: str, mac: str, hosts: dict[str, str], host_key: Key, login_key: str
) -> list[GuestFile]:
    """The files of one host. cidr: its address with prefix length; mac: its Ethernet address; hosts: all addresses by name."""
    return [
        *_place_files(name, cidr, mac, hosts),
        GuestFile(path="/etc/ssh/ssh_host_ed25519_key", content=host_key.private, mode=0o600),
        GuestFile(path="/etc/ssh/ssh_host_ed25519_key.pub", content=f"{host_key.public}\n"),
        GuestFile(
            path="/home/deploy/.ssh/authorized_keys", content=f"{login_key}\n", mode=0o600, owner=DEPLOY_ID
        ),
    ]


def instance_files(*, name: str, cidr: str, mac: str, instance: str, user_data: str) -> list[GuestFile]:
    """The files of a host that cloud-init makes: its place in the network and, as a NoCloud seed, its user data.

    instance: the cloud's id of it; cloud-init treats a host with another one as a new machine.
    """
    seed, address = "/var/lib/cloud/seed/nocloud", cidr.partition("/")[0]
    # As a cloud names it, and as the cloud's name server would resolve it.
    host_name = f"ip-{address.replace('.', '-')}"
    meta = f"instance-id: {instance}\nlocal-hostname: {host_name}\n"
    return [
        *_place_files(name, cidr, mac, {host_name: address}),
        GuestFile(path=f"{seed}/meta-data", content=meta, mode=0o600),
        GuestFile(path=f"{seed}/user-data", content=user_data, mode=0o600),
    ]


def _place_files(name: str, cidr: str, mac: str, hosts: dict[str, str]) -> list[GuestFile]:
    names = "".join(f"{address} {other}\n" for other, address in hosts.items())
    link = f"[Match]\nType=ether\n\n[Link]\nMACAddress={mac}\n\n"
    network = f"{link}[Network]\nAddress={cidr}\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n"
    return [
        GuestFile(path="/etc/hostname", content=f"{name}\n"),
        GuestFile(path="/etc/hosts", content=f"127.0.0.1 localhost\n{names}"),
        GuestFile(path="/etc/machine-id", content=f"{secrets.token_hex(16)}\n", mode=0o444),
        GuestFile(path="/etc/systemd/network/10-lab.network", content=network),
    ]
