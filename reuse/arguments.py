"""What a program of others says about a service and its machines: keys of a stack file, typed for every language of Pulumi."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi


class Program(TypedDict):
    """The Go program: `source` (a directory), or `module` with `version`."""

    name: str
    """Names its unit, user and directories on hosts: lower-case letters, digits and hyphens."""
    source: NotRequired[str]
    """A directory with a Go module; a relative path starts where the program runs."""
    package: NotRequired[str]
    """Directory of the main package in the source."""
    module: NotRequired[str]
    """A published main package."""
    version: NotRequired[str]
    """The published module's version, such as `v2.26.0`."""
    port: NotRequired[int]
    """Where users, an edge or a load balancer reach it on each host."""
    arguments: NotRequired[list[str]]
    """Command line; `{port}` is the port of the copy."""
    environment: NotRequired[dict[str, str]]
    """Environment variables that are no secret."""


class MachineLogin(TypedDict):
    """How machines are logged in to, over SSH."""

    user: NotRequired[str]
    """Who may become root by sudo without a password."""
    private_key_file: NotRequired[str]
    """Without it the SSH agent has the key."""


class Machine(TypedDict):
    """A machine that is there: Linux with systemd."""

    name: str
    """Its name in the program, such as `web1`."""
    address: str
    """IP address or name, for SSH and for whoever sends requests."""
    architecture: str
    """`amd64` or `arm64`."""
    host_key: str
    """Its public host key, as in `ssh-ed25519 AAAA…`: another key is another machine."""
    port: NotRequired[int]
    """Of SSH."""


class HostedServiceArgs(TypedDict):
    """A service on machines that are there. docs/settings.md says what each key means and what it is when left out."""

    service: Program
    """The Go program."""
    hosts: list[Machine]
    """Machines that run it."""
    login: NotRequired[MachineLogin]
    """Of all machines."""
    edge: NotRequired[Machine]
    """A machine that stands before the hosts, whose proxy shares requests among them."""
    secrets: NotRequired[dict[str, pulumi.Input[str]]]
    """Environment variables of the service that must stay secret, by name."""
    settings: NotRequired[dict[str, Any]]
    """All else that a stack file may hold: `service`, `region` and `release`, each a map of further keys as there."""


def values(name: str, args: HostedServiceArgs) -> dict[str, Any]:
    """The values of a stack file of one region called `name`. What secrets hold is not in them. Raises ValueError."""
    more = {key: _whole(value) for key, value in (args.get("settings") or {}).items()}
    if strange := sorted(more.keys() - {"service", "region", "release"}):
        raise ValueError(f"settings.{strange[0]} is unknown; known are service, region and release")
    region = {key: _keyed(args.get(key)) for key in ("hosts", "login", "edge") if args.get(key)}
    return {
        "service": {**_keyed(args["service"]), **(more.get("service") or {})},
        "regions": {name: {**region, **(more.get("region") or {})}},
        "release": more.get("release") or {},
    }


FREE = ("environment",)
"""Maps whose keys are the user's."""


def _keyed(value: Any) -> Any:
    """Typed arguments with keys as stack files spell them."""
    if isinstance(value, Mapping):
        return {
            _camel(key): _whole(each) if key in FREE else _keyed(each)
            for key, each in value.items()
            if each is not None
        }
    return [_keyed(each) for each in value] if isinstance(value, list | tuple) else _whole(value)


def _whole(value: Any) -> Any:
    """Between processes every number is a float."""
    if isinstance(value, Mapping):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)
