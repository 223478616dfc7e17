"""What the service may do in its account, given to the role that its machines or copies have."""

import json

import pulumi
import pulumi_aws as aws

from model.permissions import Permissions, document


def granted(
    name: str, role: aws.iam.Role, permissions: Permissions | None, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Nothing without `permissions`. Who takes the role on before these are there is refused by AWS until they are."""
    if permissions is None:
        return []
    made: list[pulumi.Resource] = [
        aws.iam.RolePolicyAttachment(
            f"{name}-{arn.rpartition('/')[2]}", role=role.name, policy_arn=arn, opts=opts
        )
        for arn in permissions.policies
    ]
    if permissions.statements:
        text = json.dumps(document(permissions.statements))
        made.append(aws.iam.RolePolicy(f"{name}-service", role=role.name, policy=text, opts=opts))
    return made
