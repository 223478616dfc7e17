"""Who the parts of a cluster are in the account: EKS itself, the nodes, and the copies of the service."""

import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

CLUSTER_POLICIES = (
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
"""AWS's own, by which EKS in Auto Mode makes nodes, disks and targets (EKS User Guide, "Auto Mode cluster IAM role")."""
NODE_POLICIES = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
"""AWS's own: a node may say who its copies are, and fetch images ("Auto Mode node IAM role")."""


def role(
    name: str,
    description: str,
    service: str,
    opts: pulumi.ResourceOptions,
    *,
    tagged: bool = False,
) -> aws.iam.Role:
    """A role that nothing but the AWS `service` takes on; with `tagged`, its sessions say for what."""
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["sts:AssumeRole", "sts:TagSession"] if tagged else "sts:AssumeRole",
    }
    return aws.iam.Role(
        name,
        description=description,
        assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        tags={"Name": name},
        opts=opts,
    )


def attached(
    name: str, role: aws.iam.Role, policies: Sequence[str], opts: pulumi.ResourceOptions
) -> list[aws.iam.RolePolicyAttachment]:
    """AWS's own policies, given to the role."""
    return [
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy}", role=role.name, policy_arn=f"arn:aws:iam::aws:policy/{policy}", opts=opts
        )
        for policy in policies
    ]
