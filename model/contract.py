"""What a stack tells other stacks: every field, its type and what it means. Not for how the values come about."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

NUMBER = 1
"""Of the contract. A field that is removed or changes its type needs the next one; new fields do not."""


class Told(BaseModel):
    """Frozen, no silent conversion, nothing that is not written down here; in camelCase for readers in other languages."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        defer_build=True,
    )


class Artifact(Told):
    """The binary that was built for one architecture."""

    sha256: str
    """Of the binary, in hexadecimal digits."""
    size: int
    """Bytes."""
    go_version: str
    """The compiler's, as in `go1.27.3`."""


class Network(Told):
    """The region's own network, for what is to stand in it or beside it."""

    vpc_id: str
    """As in `vpc-0a1b…`."""
    public_subnet_ids: list[str]
    """One for each zone, in the order of the zones: load balancer and NAT gateways."""
    private_subnet_ids: list[str]
    """Likewise: hosts."""
    private_route_table_ids: list[str] | None = None
    """Likewise: the way back to a network that is joined to this one. Not there where the network was there before."""


class Host(Told):
    """What one host said last that it runs."""

    release: str
    """The release's identity: binary and configuration."""
    version: str
    """Of the service."""
    architecture: Literal["amd64", "arm64"]
    """The machine's."""
    sha256: str
    """Of the binary that the running process was started from."""
    address: str
    """Where it is reached from within its network."""
    host_key: str | None = None
    """The only SSH key that it may show: its type and its public half."""
    instance: str | None = None
    """Its id on EC2, as in `i-0a1b…`. Not there where it was there already."""


class Group(Told):
    """Instances that come and go with the load: what every one of them runs since the last `up`."""

    group: str
    """What Auto Scaling calls it."""
    release: str
    """The release's identity."""
    version: str
    """The service's version."""
    architecture: Literal["amd64", "arm64"]
    """What its machines are."""
    sha256: str
    """Of the binary."""
    template: str
    """The launch template's id and version, as in `lt-0a1b…:7`."""
    bundles: str
    """The bucket from which instances fetch releases."""


class Bastion(Told):
    """The machine through which every connection to a region's hosts goes."""

    address: str
    """Where it is reached from outside, for those whom its firewall lets in."""
    host_key: str
    """The only SSH key that it may show."""


class Cluster(Told):
    """What a cluster runs."""

    namespace: str
    """Where all objects of the service are."""
    deployment: str
    """The name of the Deployment."""
    image: str
    """By its digest, as in `registry.example.com/shop@sha256:…`."""
    release: str
    """The release's identity: image, configuration and all else that copies are made from."""
    name: str | None = None
    """Of the cluster itself, as in `aws eks describe-cluster --name`. Not there where it was there already."""
    role: str | None = None
    """The ARN of the role that copies are to AWS, for whoever gives it rights. Not there where the cluster was there already."""


class Region(Told):
    """One place in which the service runs."""

    endpoint: str
    """The URL under which users reach it there; empty for a worker, which nobody asks."""
    network: Network | None = None
    """Not there where the hosts are machines that were there already."""
    security_groups: dict[str, str]
    """Their ids by role (docs/firewall.md); empty where there are none."""
    hosts: dict[str, Host]
    """By name; empty in a cluster."""
    groups: dict[str, Group] | None = None
    """By name, such as `m7g-large`. Not there where every host has a name."""
    bastion: Bastion | None = None
    """Not there where hosts are reached in another way."""
    monitor: str | None = None
    """The URL of what watches the hosts. Not there where nothing does."""
    cluster: Cluster | None = None
    """Not there where the service runs on hosts."""


class FrontDoor(Told):
    """The one name before all regions."""

    name: str
    """What users call."""
    url: str
    """The URL under which they do."""
    mechanism: Literal["route53", "globalAccelerator", "dns"]
    """What moves them between regions."""
    served_within: int
    """Seconds after which users of a lost region are served again, at the worst."""
    objective: int | None = None
    """Seconds within which they must be. Not there where nobody has said so."""
    drained: list[str]
    """Regions that nobody is sent to."""
    name_servers: list[str]
    """What the parent zone must delegate to; empty where the zone was there before."""
    delegation: list[str]
    """The records that say so, as lines of a zone file for the parent zone; empty on AWS."""


class Contract(Told):
    """All that a stack exports."""

    contract: Literal[1]
    """This contract's number. Check it first."""
    service: str
    """The service's name."""
    version: str
    """The service's version: a tag of its source, or the last tag and what came after it."""
    artifacts: dict[str, Artifact]
    """By architecture, `amd64` or `arm64`."""
    url: str
    """The URL under which users reach the service; empty for a worker."""
    regions: dict[str, Region]
    """By name."""
    front_door: FrontDoor | None = None
    """Not there where each region is under its own name alone."""


def checked(kind: type[Told], values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` as they are written into a stack's outputs. Raises ValueError when they are not what the contract says.

    What is None is left out, since Pulumi does not keep it in maps.
    """
    try:
        return kind.model_validate(values).model_dump(by_alias=True, exclude_none=True)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}" for detail in error.errors()
        )
        raise ValueError(f"the stack's outputs are not what contract {NUMBER} says: {wrong}") from None
