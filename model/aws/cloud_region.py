"""A region on AWS: instances that the program makes, in a network of their own, behind a load balancer."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from model.aws import access, egress, load_balancer, network, subnets
from model.aws.access import Access
from model.aws.egress import Egress
from model.aws.instances import InstanceGroups, host_names
from model.aws.load_balancer import LoadBalancer
from model.aws.network import Network
from model.aws.quotas import Needs, needs
from model.flows import HTTP, HTTPS
from model.login import Login
from model.place import Place
from model.service import Service
from model.traffic import Traffic

AWS_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
OTHER_PARTITION = re.compile(r"(cn|us-gov|us-iso[a-z]*|eu-iso[a-z]*)-.+")


class CloudRegion(Traffic):
    """`instances` on AWS. Its name is AWS's own, such as `eu-central-1`."""

    instances: Annotated[InstanceGroups, Field(min_length=1)]
    """Groups of one type each; Graviton and x86 may stand side by side."""
    network: Network
    """Where they stand."""
    egress: tuple[Egress, ...] = ()
    """What hosts may reach beside HTTPS anywhere, DNS and the clock."""
    access: Access
    """How whoever deploys reaches them."""
    login: Login
    """Who logs in on them; the user is made at their first start."""
    load_balancer: LoadBalancer = LoadBalancer()
    """What users reach."""
    removable: bool = False
    """Whether the region may go from a protected stack: set it in one `up`, take the region out in the next. Meanwhile nothing
    keeps it from being deleted, and machines have metrics every five minutes."""

    def place(self, service: Service) -> Place:
        """It as the front door sees it."""
        balancer = self.load_balancer
        return Place(
            kind="aws",
            traffic=self,
            machines=self.least,
            port=HTTPS if balancer.domain else HTTP,
            own_names=balancer.all_names[:1],
            tls=balancer.domain is not None,
            certified=balancer.all_names,
            notices_within=load_balancer.health_check(service.health).until_unhealthy,
        )

    @property
    def instance_types(self) -> tuple[str, ...]:
        """Of all machines that run the service."""
        return tuple(type for group in self.instances for type in group.types)

    @property
    def reaches_plain_http(self) -> bool:
        """Whether hosts may get out to port 80 somewhere; also where groups of somebody else's may say so."""
        opened = any(HTTP in each.ports and each.protocol == "tcp" for each in self.egress)
        return opened or bool(self.network.security_groups)

    @property
    def needs(self) -> Needs:
        """What it takes of the account's quotas."""
        bastion = self.access.bastion
        return needs(self.network, self.instances, bastion.type if bastion else None)

    @property
    def scales(self) -> bool:
        """Whether instances come and go in it."""
        return any(group.autoscaling for group in self.instances)

    @property
    def least(self) -> int:
        """How many machines there are always."""
        return sum(group.autoscaling.min if group.autoscaling else group.count for group in self.instances)

    @property
    def host_names(self) -> tuple[str, ...]:
        """In the order in which a release reaches them."""
        return host_names(self.instances)


def name_refusal(name: str) -> str | None:
    """What is wrong with the name of a region, for behind "slipway:regions.NAME has …, but "."""
    if not AWS_REGION.fullmatch(name):
        return f"{name} is no region of AWS; name it as AWS does, such as eu-central-1."
    if OTHER_PARTITION.fullmatch(name):
        return (
            f"{name} is in a partition of AWS with accounts, endpoints and images of its own, none of which this program knows; "
            "take a region of the commercial one, such as eu-central-1."
        )
    return None


def refusals(regions: Mapping[str, CloudRegion], protected: bool) -> list[str]:
    """One sentence for everything that is wrong between regions, or too open for a protected stack."""
    lines = [
        f"slipway:regions.{name} has instances, but {wrong}"
        for name in regions
        if (wrong := name_refusal(name))
    ]
    lines += [
        f"slipway:regions.{name}.login.jump is for machines that are there; on AWS, `access` says how to reach hosts: remove it."
        for name, region in regions.items()
        if region.login.jump
    ]
    lines += subnets.overlaps({name: region.network.range for name, region in regions.items()})
    for name, region in regions.items():
        lines += network.refusals(
            f"slipway:regions.{name}",
            region.network,
            internal=region.load_balancer.internal,
            bastion=region.access.bastion is not None,
        )
        lines += [f"slipway:regions.{name}.{line}" for line in access.refusals(region.access, protected)]
        lines += egress.refusals(f"slipway:regions.{name}", region.egress)
    return lines + load_balancer.refusals(
        {name: region.load_balancer for name, region in regions.items()}, protected
    )
