"""Who an EC2 instance is in its account. Without further policies it may do nothing there."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class InstanceRole:
    """A role, and the profile by which instances get it."""

    role: aws.iam.Role
    profile: aws.iam.InstanceProfile


def instance_role(name: str, description: str, opts: pulumi.ResourceOptions) -> InstanceRole:
    """A role that nothing but EC2 instances take on."""
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = aws.iam.Role(
        name,
        description=description,
        assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        tags={"Name": name},
        opts=opts,
    )
    profile = aws.iam.InstanceProfile(name, role=role.name, tags={"Name": name}, opts=opts)
    return InstanceRole(role=role, profile=profile)
