"""What a new cluster needs before a service runs in it: nodes, network policies that hold, and load that is measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.aws.firewall import Firewall
from components.aws.network import Network
from components.eks.cluster import Cluster
from model.architecture import Architecture
from model.eks import nodes
from model.eks.region import Eks
from model.flows import Role


@dataclass(frozen=True, kw_only=True)
class EquipmentArgs:
    """`provider` reaches the cluster; `architectures` are those of instance types, as EC2 says."""

    settings: Eks
    cluster: Cluster
    network: Network
    firewall: Firewall
    architectures: Mapping[str, Architecture]
    provider: kubernetes.Provider


class Equipment(pulumi.ComponentResource):
    """Made by whoever deploys, with the rights of an administrator of the cluster."""

    ready: Sequence[pulumi.Resource]
    """Done when nodes come as soon as something waits for them."""

    def __init__(self, name: str, args: EquipmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Equipment", name, {}, opts)
        inside = pulumi.ResourceOptions(parent=self, provider=args.provider)
        policies = kubernetes.core.v1.ConfigMap(
            f"{name}-network-policy",
            metadata=nodes.NETWORK_POLICY["metadata"],
            data=nodes.NETWORK_POLICY["data"],
            opts=inside,
        )
        node_class = _custom(
            f"{name}-node-class",
            nodes.node_class(
                args.cluster.node_role.name,
                [subnet.id for subnet in args.network.private_subnets],
                [args.cluster.security_group, args.firewall.group(Role.HOSTS).id],
            ),
            inside,
        )
        pool = _custom(
            f"{name}-node-pool",
            nodes.node_pool(
                args.settings.nodes,
                {args.architectures[each] for each in args.settings.nodes},
                args.settings.cpus,
            ),
            pulumi.ResourceOptions(parent=self, provider=args.provider, depends_on=[node_class]),
        )
        # Without it the number of copies never follows the load. It runs on nodes like everything else.
        aws.eks.Addon(
            f"{name}-metrics-server",
            cluster_name=args.cluster.made.name,
            addon_name="metrics-server",
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            tags={"Name": f"{name}-metrics-server"},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[pool]),
        )
        self.ready = [policies, pool]
        self.register_outputs({})


def _custom(
    name: str, wanted: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> kubernetes.apiextensions.CustomResource:
    return kubernetes.apiextensions.CustomResource(
        name, wanted["apiVersion"], wanted["kind"], wanted["spec"], wanted["metadata"], opts
    )
