"""docs/preview-policy.json: what a role that previews must be allowed on AWS, from the look-ups that the program makes."""

import json

from model.aws.quotas import RIGHTS

ASKS: dict[str, tuple[str, ...]] = {
    "ec2.get_ami": ("ec2:DescribeImages",),
    "ec2.get_instance_type": ("ec2:DescribeInstanceTypes",),
    "ec2.get_instance_type_offerings": ("ec2:DescribeInstanceTypeOfferings",),
    "ec2.get_security_groups": ("ec2:DescribeSecurityGroups",),
    "ec2.get_subnet": ("ec2:DescribeSubnets",),
    "ec2.get_subnets": ("ec2:DescribeSubnets",),
    "ec2.get_vpc": ("ec2:DescribeVpcs", "ec2:DescribeVpcAttribute", "ec2:DescribeRouteTables"),
    "get_availability_zones": ("ec2:DescribeAvailabilityZones",),
    "get_caller_identity": ("sts:GetCallerIdentity",),
    "get_region": (),
    "s3.get_object": ("s3:GetObject", "s3:GetObjectTagging"),
    "s3.get_objects": ("s3:ListBucket",),
    "route53.get_zone": ("route53:ListHostedZones", "route53:GetHostedZone", "route53:ListTagsForResource"),
}
"""Actions of IAM by look-up: the calls that each is taken to make, by AWS's names. No account has been asked (docs/teams.md)."""

ACTIONS = frozenset(
    {"sts:GetCallerIdentity", *RIGHTS, *(action for asked in ASKS.values() for action in asked)}
)
"""All of them, with those for the account's quotas."""


def policy() -> str:
    """Of IAM, for a preview. None of these actions can be bound to a resource before it is known which."""
    actions = sorted(ACTIONS)
    statement = {"Sid": "SlipwayPreviewLooksUp", "Effect": "Allow", "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2) + "\n"


if __name__ == "__main__":
    print(policy(), end="")
