"""A cluster of EKS in Auto Mode: its control plane, who may ask it, and the role of its nodes. Not what runs in it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.firewall import Firewall
from components.aws.network import Network
from components.eks.roles import CLUSTER_POLICIES, NODE_POLICIES, attached, role
from model.eks.region import Eks
from model.flows import Role

LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""All that EKS has."""
FREE = 30
"""Days after which a key that was deleted is gone, and with it what it encrypted; the longest that KMS offers."""


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """`called` is its name in AWS. A `protected` one can be deleted neither by mistake nor with the stack."""

    called: str
    settings: Eks
    network: Network
    firewall: Firewall
    protected: bool


class Cluster(pulumi.ComponentResource):
    """Its name is given: the log group has it before, and the load balancer's target group says whose it is."""

    made: aws.eks.Cluster
    security_group: pulumi.Output[str]
    """In which EKS lets everything pass between the control plane and nodes."""
    node_role: aws.iam.Role
    entered: Sequence[pulumi.Resource]
    """Done when administrators and nodes are let in."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Cluster", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings, network = args.settings, args.network
        self._name = name

        own = role(f"{name}-cluster", "EKS, for this cluster", "eks.amazonaws.com", child, tagged=True)
        may = attached(f"{name}-cluster", own, CLUSTER_POLICIES, child)
        self.node_role = role(f"{name}-nodes", "Nodes of the cluster", "ec2.amazonaws.com", child)
        may += attached(f"{name}-nodes", self.node_role, NODE_POLICIES, child)
        kept = pulumi.ResourceOptions(parent=self, protect=args.protected)
        key = aws.kms.Key(
            name,
            description=f"Secrets of the cluster {args.called}",
            enable_key_rotation=True,
            deletion_window_in_days=FREE,
            tags={"Name": name},
            opts=kept,
        )
        # EKS would make one that keeps everything for ever.
        logs = aws.cloudwatch.LogGroup(
            f"{name}-control-plane",
            name=f"/aws/eks/{args.called}/cluster",
            retention_in_days=settings.log_days,
            tags={"Name": f"{name}-control-plane"},
            opts=child,
        )
        public = settings.endpoint == "public"
        self.made = aws.eks.Cluster(
            name,
            name=args.called,
            version=settings.version,
            role_arn=own.arn,
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=[subnet.id for subnet in network.private_subnets],
                security_group_ids=[args.firewall.group(Role.CONTROL_PLANE).id],
                endpoint_private_access=True,
                endpoint_public_access=public,
                public_access_cidrs=list(settings.operator_cidrs) if public else None,
            ),
            access_config=aws.eks.ClusterAccessConfigArgs(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
            ),
            # Auto Mode brings its own; the three below are on together or not at all.
            bootstrap_self_managed_addons=False,
            compute_config=aws.eks.ClusterComputeConfigArgs(enabled=True),
            kubernetes_network_config=aws.eks.ClusterKubernetesNetworkConfigArgs(
                elastic_load_balancing=aws.eks.ClusterKubernetesNetworkConfigElasticLoadBalancingArgs(
                    enabled=True
                )
            ),
            storage_config=aws.eks.ClusterStorageConfigArgs(
                block_storage=aws.eks.ClusterStorageConfigBlockStorageArgs(enabled=True)
            ),
            encryption_config=aws.eks.ClusterEncryptionConfigArgs(
                provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=key.arn), resources=["secrets"]
            ),
            enabled_cluster_log_types=list(LOGS),
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(
                support_type="EXTENDED" if settings.extended_support else "STANDARD"
            ),
            deletion_protection=args.protected,
            tags={"Name": args.called},
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.protected, depends_on=[logs, *may, *network.ready]
            ),
        )
        self.security_group = self.made.vpc_config.cluster_security_group_id
        self.entered = [
            *(self._admin(number, arn) for number, arn in enumerate(settings.admins, 1)),
            self._entry("nodes", self.node_role.arn, "EC2", "AmazonEKSAutoNodePolicy"),
        ]
        self.register_outputs({"endpoint": self.made.endpoint})

    def _admin(self, number: int, arn: str) -> pulumi.Resource:
        return self._entry(f"admin-{number}", arn, "STANDARD", "AmazonEKSClusterAdminPolicy")

    def _entry(self, who: str, arn: pulumi.Input[str], kind: str, policy: str) -> pulumi.Resource:
        name = f"{self._name}-{who}"
        entry = aws.eks.AccessEntry(
            name,
            cluster_name=self.made.name,
            principal_arn=arn,
            type=kind,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return aws.eks.AccessPolicyAssociation(
            name,
            cluster_name=self.made.name,
            principal_arn=entry.principal_arn,
            policy_arn=f"arn:aws:eks::aws:cluster-access-policy/{policy}",
            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
            opts=pulumi.ResourceOptions(parent=self),
        )
