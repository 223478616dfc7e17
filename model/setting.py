"""The base of everything that can be set, and field types that several settings share."""

import base64
import binascii
import re
from ipaddress import ip_address, ip_network
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Setting(BaseModel):
    """Frozen, unknown keys refused, no silent conversion (`"8080"` is not a port); written in camelCase in stack files.

    A kind of setting that a stack does not have is not built for checking: that of all takes a tenth of a second.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, defer_build=True
    )


def public_key(value: str) -> str:
    """Kind and key alone, since a comment is anybody's own. Raises ValueError."""
    kind, _, rest = value.partition(" ")
    encoded = rest.split(" ")[0]
    try:
        blob = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        blob = b""
    length = int.from_bytes(blob[:4], "big")
    if not blob or blob[4 : 4 + length] != kind.encode():
        raise ValueError(
            'is not a public key; allowed is one line as in "ssh-ed25519 AAAA…", '
            "which `ssh-keyscan ADDRESS` prints (compare it with the one on the host's console)"
        )
    return f"{kind} {encoded}"


def _once(value: tuple[str, ...]) -> tuple[str, ...]:
    if twice := next((each for each in value if value.count(each) > 1), None):
        raise ValueError(f"names {twice} twice; write it once")
    return value


def _address(value: str) -> str:
    bare = value[1:-1] if value.startswith("[") and value.endswith("]") else value
    try:
        return str(ip_address(bare))
    except ValueError:
        raise ValueError('is no IP address; allowed is one as in "192.0.2.1" or "2001:db8::1"') from None


def is_address(text: str) -> bool:
    """Whether it is an IP address and not a name."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _machine(value: str) -> str:
    """An address in its one spelling, or a name."""
    host, _, port = value.rpartition(":")
    if value.count(":") == 1 or "]:" in value:
        raise ValueError(f"has a port; write {host.strip('[]')}, and `port: {port}` beside it")
    if "@" in value:
        raise ValueError("has a user; write the address alone, and the user into `login`")
    if ":" in value and "%" not in value:
        return _address(value)
    if not re.fullmatch(r"[A-Za-z0-9.-]+", value):
        raise ValueError('is neither a name nor an IP address, such as "web1.example.com" or "2001:db8::1"')
    return value


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError as error:
        raise ValueError(
            f'is no network ({error}); allowed is an address or a range, as in "192.0.2.1" or "2001:db8::/32"'
        ) from None


ONCE = AfterValidator(_once)
"""For a list whose members something is made for, each under its own name; they are compared as they are normalised."""
Domain = Annotated[
    str, Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$", max_length=253)
]
Address = Annotated[str, AfterValidator(_address)]
MachineAddress = Annotated[str, Field(min_length=1), AfterValidator(_machine)]
Network = Annotated[str, AfterValidator(_network)]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
HostKey = Annotated[str, AfterValidator(public_key)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
"""Becomes part of unit, user and path names: lower-case letters, digits and hyphens (useradd allows 32 characters)."""
