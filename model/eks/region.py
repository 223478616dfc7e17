"""A region on AWS that is a cluster of EKS: the program makes network, cluster, registry and load balancer."""

from collections.abc import Mapping
from datetime import date
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from model.aws import load_balancer, subnets
from model.aws.access import WIDEST, Ranges
from model.aws.cloud_region import CloudRegion, name_refusal
from model.aws.load_balancer import LoadBalancer
from model.aws.network import LogDays, Network
from model.aws.quotas import Needs, needs
from model.eks import admins, version
from model.eks.nodes import NodeTypes
from model.flows import HTTP, HTTPS
from model.place import Place
from model.service import Service
from model.setting import ONCE, Setting
from model.traffic import Traffic
from model.workload import Workload


class Eks(Setting):
    """The cluster: EKS in Auto Mode."""

    version: Annotated[str, AfterValidator(version.known)]
    """The minor version of Kubernetes, such as `"1.36"`. It moves when this does, one minor at a time, and never back."""
    nodes: NodeTypes
    """Instance types that its nodes may be, Graviton and x86; what is built follows from them."""
    cpus: Annotated[int, Field(ge=2, le=10000)] = 64
    """Processors that all nodes together may have at most, whatever the load asks for."""
    admins: Annotated[tuple[Annotated[str, AfterValidator(admins.checked)], ...], Field(min_length=1), ONCE]
    """IAM roles or users that may do everything in the cluster, by ARN. Who deploys must be one of them."""
    endpoint: Literal["private", "public"] = "private"
    """`private`: the API answers within the network and those connected with it alone. `public`: to `operatorCidrs` anywhere."""
    operator_cidrs: Ranges
    """From where the API may be asked: ranges of networks that are connected with this one or, where it is public, of yours."""
    extended_support: bool = False
    """Whether the version may stay beyond its standard support, at six times the price of the cluster. Else EKS moves it on."""
    log_days: LogDays = 90
    """For how many days the logs of the control plane are kept, the audit log among them."""


class EksRegion(Traffic):
    """`eks` on AWS. Its name is AWS's own, such as `eu-central-1`."""

    eks: Eks
    """The cluster."""
    network: Network
    """Where it stands."""
    workload: Workload = Workload()
    """What runs there. Users come in by the load balancer, so it has no `entrance`."""
    load_balancer: LoadBalancer = LoadBalancer()
    """What users reach."""

    @property
    def instance_types(self) -> tuple[str, ...]:
        """Of all machines that may run the service."""
        return self.eks.nodes

    @property
    def needs(self) -> Needs:
        """What it takes of the account's quotas; nodes come and go by themselves."""
        return needs(self.network)

    @property
    def host_names(self) -> tuple[str, ...]:
        """None: a cluster places copies by itself."""
        return ()

    def place(self, service: Service) -> Place:
        """It as the front door sees it."""
        balancer = self.load_balancer
        return Place(
            kind="aws",
            traffic=self,
            machines=self.workload.replicas.min,
            port=HTTPS if balancer.domain else HTTP,
            own_names=balancer.all_names[:1],
            tls=balancer.domain is not None,
            certified=balancer.all_names,
            notices_within=load_balancer.health_check(service.health).until_unhealthy,
        )


def refusals(
    regions: Mapping[str, EksRegion], others: Mapping[str, CloudRegion], protected: bool, today: date
) -> list[str]:
    """One sentence for everything that is wrong in one, between them and `others`, or too open for a protected stack."""
    if not regions:
        return []
    every: dict[str, EksRegion | CloudRegion] = {**others, **regions}
    lines = subnets.overlaps({name: region.network.range for name, region in every.items()})
    lines += load_balancer.refusals({name: region.load_balancer for name, region in every.items()}, protected)
    for name, region in regions.items():
        key = f"slipway:regions.{name}"
        if wrong := name_refusal(name):
            lines.append(f"{key} has eks, but {wrong}")
        if region.network.vpc:
            lines.append(
                f"{key}.network.vpc is set, but a cluster that the program makes stands in a network of its own; remove it, or "
                "name a cluster that is there by `cluster`."
            )
        if wrong := version.refusal(region.eks.version, today, extended=region.eks.extended_support):
            lines.append(f"{key}.eks.version {wrong}")
        lines += _endpoint(f"{key}.eks", region.eks, protected)
        if region.workload.entrance:
            lines.append(
                f"{key}.workload.entrance is set, but users come in by the region's load balancer; "
                f"remove it, and write domain and zone into {key}.loadBalancer."
            )
        if not region.workload.own_namespace:
            lines.append(
                f"{key}.workload.ownNamespace is false, but a cluster that the program makes has no namespace yet; remove it."
            )
    return lines


def _endpoint(key: str, eks: Eks, protected: bool) -> list[str]:
    lines = []
    if eks.endpoint == "public" and protected:
        lines.append(
            f"{key}.endpoint is public, which a protected stack refuses, since a stolen role would be enough; make it private, "
            "and deploy from a network that is connected with this one."
        )
    for each in eks.operator_cidrs:
        range = ip_network(each)
        if range.version == 6:
            lines.append(
                f"{key}.operatorCidrs has {each}, but the API of an IPv4 cluster takes IPv4 ranges alone; remove it."
            )
        elif range.prefixlen < WIDEST[4]:
            lines.append(
                f"{key}.operatorCidrs has {each}, which is half the world or more; write the ranges of those who deploy."
            )
    return lines
