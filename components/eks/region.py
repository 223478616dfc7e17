"""A region that is a cluster of EKS: network, cluster, registry and load balancer, then the service in it."""

import datetime
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.aws.cloud import Cloud
from components.aws.firewall import Firewall, FirewallArgs
from components.aws.load_balancer import LoadBalancer, LoadBalancerArgs
from components.aws.network import Network, NetworkArgs, network_told
from components.eks.cluster import Cluster, ClusterArgs
from components.eks.equipment import Equipment, EquipmentArgs
from components.eks.identity import Identity, IdentityArgs
from components.eks.repository import Repository, RepositoryArgs
from components.kubernetes.region import PATIENCE, ClusterRegion, ClusterRegionArgs, Reached
from components.rollout import Placed, RolloutArgs, Serving
from model.aws import firewall, subnets
from model.eks import admins, version
from model.eks.kubeconfig import CONTEXT, kubeconfig
from model.eks.region import EksRegion as EksRegionSettings
from model.flows import Role
from model.kubernetes import names

WITHOUT_EKS = ("use1-az3", "usw1-az2", "cac1-az3")
"""Ids of zones in which EKS has no control plane (EKS User Guide, "View Amazon EKS networking requirements")."""


@dataclass(frozen=True, kw_only=True)
class EksRegionArgs:
    """`cloud` is the region of AWS, with the architectures of the instance types and the front door's name."""

    settings: EksRegionSettings
    rollout: RolloutArgs
    cloud: Cloud
    protected: bool


class EksRegion(pulumi.ComponentResource):
    """The service in one place."""

    hosts: Mapping[str, Placed]
    """None has a name of its own."""
    last: Sequence[Serving]
    """The copies: the next region waits for them."""
    balancer: LoadBalancer
    """What stands before its copies."""
    endpoint: pulumi.Output[str]
    """Where users reach it: the load balancer's URL."""
    protected: bool
    """Whether nothing that users depend on can be deleted here."""

    def __init__(self, name: str, args: EksRegionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:EksRegion", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings, rollout, service = args.settings, args.rollout, args.rollout.service
        self.protected = args.protected
        # Known before and after: the log group, the registry and the target group have it.
        called = f"{service.name}-{rollout.owner.rpartition('/')[2]}"
        self._announce(name, settings)

        self._network = network = Network(
            name,
            NetworkArgs(
                settings=settings.network,
                instance_types=settings.instance_types,
                without=WITHOUT_EKS,
                protected=args.protected,
            ),
            child,
        )
        rules = firewall.cluster_rules(
            copies_port=names.port(service),
            tls=settings.load_balancer.domain is not None,
            users=Role.ACCEPTED if settings.load_balancer.accepted else Role.WORLD,
        )
        self._firewall = Firewall(
            name,
            FirewallArgs(
                network=network,
                rules=rules,
                operator_cidrs=settings.eks.operator_cidrs,
                accepted=settings.load_balancer.accepted or (),
            ),
            child,
        )
        self.balancer = LoadBalancer(
            name,
            LoadBalancerArgs(
                settings=settings.load_balancer,
                network=network,
                firewall=self._firewall,
                service=service,
                drain=rollout.policy.drain,
                protected=args.protected,
                filters=settings.load_balancer.filters(args.protected),
                shared=args.cloud.shared,
                joined_by=called,
            ),
            child,
        )
        cluster = Cluster(
            name,
            ClusterArgs(
                called=called,
                settings=settings.eks,
                network=network,
                firewall=self._firewall,
                protected=args.protected,
            ),
            child,
        )
        repository = Repository(
            name, RepositoryArgs(called=called, region=name, protected=args.protected), child
        )
        public = subnets.plan(str(settings.network.range), settings.network.zones).public
        workload = settings.workload.model_copy(update={"accept": (*settings.workload.accept, *public)})
        identity = Identity(
            name,
            IdentityArgs(
                cluster=cluster,
                namespace=workload.namespace or service.name,
                service_account=service.name,
                permissions=service.permissions,
            ),
            child,
        )

        def reached(own: pulumi.ResourceOptions) -> Reached:
            reaches = pulumi.Output.all(
                endpoint=cluster.made.endpoint, authority=cluster.made.certificate_authority.data
            ).apply(lambda told: kubeconfig(called, name, **told))
            provider = kubernetes.Provider(
                name,
                kubeconfig=reaches,
                context=CONTEXT,
                # Of the cluster alone: one that is made anew has another, and all in it is made anew, too.
                cluster_identifier=cluster.made.endpoint,
                enable_server_side_apply=True,
                kube_client_settings=PATIENCE,
                opts=pulumi.ResourceOptions(parent=own.parent, depends_on=cluster.entered),
            )
            equipment = Equipment(
                name,
                EquipmentArgs(
                    settings=settings.eks,
                    cluster=cluster,
                    network=network,
                    firewall=self._firewall,
                    architectures=args.cloud.architectures,
                    provider=provider,
                ),
                child,
            )
            return Reached(
                provider=provider,
                kubeconfig=reaches,
                context=CONTEXT,
                architectures=tuple(
                    sorted(set(args.cloud.architectures.values()), key=lambda each: each.value)
                ),
                repository=repository.url,
                repository_made=[repository],
                # A target group that no listener uses yet finds nobody well, and copies wait to be found so.
                ready=[*equipment.ready, identity, *self.balancer.listeners],
                target_group=self.balancer.target_group.arn,
                told={"name": cluster.made.name, "role": identity.role.arn},
            )

        self._inside = ClusterRegion(
            name, ClusterRegionArgs(workload=workload, rollout=rollout, reached=reached), child
        )
        self.hosts, self.last, self.endpoint = self._inside.hosts, self._inside.last, self.balancer.url
        self.balancer.watch([each.serving for each in self.last])
        self.register_outputs({"endpoint": self.endpoint})

    @property
    def summary(self) -> pulumi.Output[dict[str, Any]]:
        """What the stack tells about it: endpoint, network, security groups, and what its copies are made from."""
        return pulumi.Output.all(
            hosts={},
            cluster=self._inside.told,
            endpoint=self.endpoint,
            network=network_told(self._network),
            securityGroups=pulumi.Output.all(**self._firewall.group_ids),
        )

    def _announce(self, name: str, settings: EksRegionSettings) -> None:
        """Says until when the version is supported, and what would make `up` fail at the cluster."""
        eks = settings.eks
        warn, sentence = version.told(
            eks.version, datetime.datetime.now(datetime.UTC).date(), extended=eks.extended_support
        )
        (pulumi.log.warn if warn else pulumi.log.info)(f"{name}: {sentence}", self)
        if shutil.which("aws") is None:
            pulumi.log.warn(
                f"{name}: there is no aws on PATH; `up` needs the AWS CLI for the cluster's token and the registry's password.",
                self,
            )
        caller = aws.get_caller_identity(opts=pulumi.InvokeOptions(parent=self)).arn
        if not admins.among(caller, eks.admins):
            pulumi.log.warn(
                f"{name}: {caller} is none of slipway:regions.{name}.eks.admins, so the cluster would not let it in; "
                "deploy as one of them, or add it.",
                self,
            )


def placed(
    name: str, settings: EksRegionSettings, rollout: RolloutArgs, cloud: Cloud, *, protected: bool
) -> EksRegion:
    """The service there."""
    args = EksRegionArgs(settings=settings, rollout=rollout, cloud=cloud, protected=protected)
    return EksRegion(name, args, pulumi.ResourceOptions(providers=[cloud.provider]))
