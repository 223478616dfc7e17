"""What a lab shall consist of: names, architectures and addresses, checked before anything is made."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from lab.architecture import Architecture, native
from lab.errors import LabError
from lab.kind import Kind

DEFAULT_NAME = "local"
DEFAULT_SUBNET = "10.77.0.0/24"
GATEWAY_NUMBER = 1
FIRST_HOST_NUMBER = 10
_NAME = re.compile(r"[a-z][a-z0-9-]{0,13}[a-z0-9]|[a-z]")


@dataclass(frozen=True, kw_only=True)
class HostPlan:
    """One host. `edge`: it stands in front of the others of its `region` and is no application host.

    Hosts of a region are listed in an inventory of their own. `resolves`: it asks the lab's DNS hosts for that zone.
    """

    name: str
    architecture: Architecture
    edge: bool = False
    region: str = ""
    resolves: str = ""
    kind: Kind = Kind.PLAIN

    def __post_init__(self) -> None:
        _check_name("host", self.name)
        if self.region:
            _check_name("region", self.region)


@dataclass(frozen=True, kw_only=True)
class LabPlan:
    """A lab: hosts get the addresses .10, .11, ... of the subnet in their order; .1 is this machine."""

    name: str
    subnet: ipaddress.IPv4Network
    hosts: tuple[HostPlan, ...]

    def __post_init__(self) -> None:
        _check_name("lab", self.name)
        names = [host.name for host in self.hosts]
        for name in names:
            if names.count(name) > 1:
                raise LabError(f"Lab {self.name!r} has two hosts named {name!r}; names must differ.")
        for region in self.regions:
            edges = [host.name for host in self.hosts if host.edge and host.region == region]
            if len(edges) > 1:
                where = f"Region {region!r} of lab" if region else "Lab"
                raise LabError(
                    f"{where} {self.name!r} has {len(edges)} edges ({', '.join(edges)}); at most one is allowed."
                )
        self.address_at(FIRST_HOST_NUMBER + len(self.hosts) - 1)

    @property
    def regions(self) -> tuple[str, ...]:
        """In the order of their first hosts; one without a name where hosts have no region."""
        return tuple(dict.fromkeys(host.region for host in self.hosts))

    @property
    def gateway(self) -> str:
        """This machine's own address in the lab."""
        return self.address_at(GATEWAY_NUMBER)

    def address(self, name: str) -> str:
        """The address of the host of that name; raises LabError for a name that the lab does not have."""
        names = [host.name for host in self.hosts]
        if name not in names:
            raise LabError(f"Lab {self.name!r} has no host {name!r}; it has {', '.join(names)}.")
        return self.address_at(FIRST_HOST_NUMBER + names.index(name))

    def address_at(self, number: int) -> str:
        """The subnet's address of that number, as text without prefix length."""
        if number >= self.subnet.num_addresses - 1:
            raise LabError(
                f"Subnet {self.subnet} has no address number {number} for a host of lab {self.name!r}; "
                f"take a larger subnet, such as {DEFAULT_SUBNET}."
            )
        return str(self.subnet[number])


def default_hosts(*, native_only: bool = False) -> tuple[HostPlan, ...]:
    """edge1 and web1 of this machine's architecture and, unless native_only, web2 of the other one."""
    here = native()
    hosts = (
        HostPlan(name="edge1", architecture=here, edge=True),
        HostPlan(name="web1", architecture=here),
    )
    return hosts if native_only else (*hosts, HostPlan(name="web2", architecture=here.foreign))


def failover_hosts(*, native_only: bool = False) -> tuple[HostPlan, ...]:
    """Two regions, an edge before two hosts each, a DNS host in either, and a resolver that users may ask.

    One host is foreign unless native_only.
    """
    here = native()
    eu, us, dns = "eu", "us", Kind.DNS
    return (
        HostPlan(name="eu-edge", architecture=here, edge=True, region=eu),
        HostPlan(name="eu-web1", architecture=here, region=eu),
        HostPlan(name="eu-web2", architecture=here if native_only else here.foreign, region=eu),
        HostPlan(name="us-edge", architecture=here, edge=True, region=us),
        HostPlan(name="us-web1", architecture=here, region=us),
        HostPlan(name="us-web2", architecture=here, region=us),
        HostPlan(name="eu-ns", architecture=here, region="dns-eu", kind=dns),
        HostPlan(name="us-ns", architecture=here, region="dns-us", kind=dns),
        HostPlan(
            name="resolver",
            architecture=here,
            region="users",
            resolves="greeter.example.com",
            kind=Kind.RESOLVER,
        ),
    )


PLANS = {DEFAULT_NAME: (DEFAULT_SUBNET, default_hosts), "failover": ("10.78.0.0/24", failover_hosts)}
"""Labs that stacks of the same name use: subnet and hosts."""


def lab_plan(
    name: str = DEFAULT_NAME, subnet: str = DEFAULT_SUBNET, hosts: Iterable[HostPlan] | None = None
) -> LabPlan:
    """A checked plan from what a person or a test wrote; without `hosts`, the default ones."""
    chosen = default_hosts() if hosts is None else tuple(hosts)
    return LabPlan(name=name, subnet=parse_subnet(subnet), hosts=chosen)


def parse_subnet(text: str) -> ipaddress.IPv4Network:
    """The subnet as a private IPv4 network; raises LabError saying what is wrong with it."""
    try:
        subnet = ipaddress.IPv4Network(text)
    except ValueError as error:
        raise LabError(
            f"Subnet {text!r} is not an IPv4 network ({error}); write one such as {DEFAULT_SUBNET}."
        ) from None
    if not subnet.is_private:
        raise LabError(
            f"Subnet {text!r} is not a private range (RFC 1918); write one such as {DEFAULT_SUBNET}."
        )
    return subnet


def _check_name(kind: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise LabError(
            f"The {kind} name {name!r} is not allowed; use at most 15 lower-case letters, digits and hyphens, "
            "beginning with a letter and not ending with a hyphen."
        )
