"""Who the copies of the service are to AWS: a role of their own, by EKS Pod Identity. Its rights are the service's."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.granted import granted
from components.eks.cluster import Cluster
from components.eks.roles import role
from model.permissions import Permissions


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    """The service account that copies run under."""

    cluster: Cluster
    namespace: str
    service_account: str
    permissions: Permissions | None = None


class Identity(pulumi.ComponentResource):
    """What is given to `role` is the copies' to use, and nobody else's in the cluster."""

    role: aws.iam.Role
    known: pulumi.Resource
    """A copy that starts before gets no credentials."""

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Identity", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.role = role(
            f"{name}-copies",
            "Copies of the service. It has no policies: what runs in them may do nothing in this account.",
            "pods.eks.amazonaws.com",
            child,
            tagged=True,
        )
        granted(f"{name}-copies", self.role, args.permissions, child)
        self.known = aws.eks.PodIdentityAssociation(
            name,
            cluster_name=args.cluster.made.name,
            namespace=args.namespace,
            service_account=args.service_account,
            role_arn=self.role.arn,
            tags={"Name": name},
            opts=child,
        )
        self.register_outputs({"role": self.role.arn})
