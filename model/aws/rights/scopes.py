"""On what, and under which condition, each action is allowed: by names, which begin with a region, or by the project's tag."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

NAMED = "??-*-?-*"
"""What this program's own names begin with, as in eu-central-1-1a2b3c4: a resource is called as its region is, and Pulumi adds
seven letters. Names of others that look so are let in as well; write your regions in place of the pattern to have less."""
DOOR = "front-door-*"
"""What is before all regions is called so."""
OURS: Mapping[str, Any] = {"StringEquals": {"aws:ResourceTag/project": "slipway"}}
"""All that is made has this tag from its first moment (components/aws/cloud.py), with the name in Pulumi.yaml."""
PASSED = ("ec2.amazonaws.com", "eks.amazonaws.com", "pods.eks.amazonaws.com", "vpc-flow-logs.amazonaws.com")
"""Services that roles of the program are made for."""
LINKED = (
    "autoscaling.amazonaws.com",
    "ec2-instance-connect.amazonaws.com",
    "eks.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "globalaccelerator.amazonaws.com",
    "spot.amazonaws.com",
    "wafv2.amazonaws.com",
)
"""Services that make a role of their own in an account when they are first used there."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """`actions` are patterns; what matches is allowed on `resources` alone, under the `condition`, and on `also` without it."""

    id: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    condition: Mapping[str, Any] | None = None
    also: str | None = None


def _actions(service: str, names: str) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in names.split())


SCOPES = (
    Scope(
        id="RolesForServices",
        actions=("iam:PassRole",),
        resources=(f"arn:aws:iam::*:role/{NAMED}",),
        condition={"StringEquals": {"iam:PassedToService": list(PASSED)}},
    ),
    Scope(
        id="RolesOfServices",
        actions=("iam:CreateServiceLinkedRole",),
        resources=("arn:aws:iam::*:role/aws-service-role/*",),
        condition={"StringEquals": {"iam:AWSServiceName": list(LINKED)}},
    ),
    Scope(
        id="Roles",
        actions=("iam:*",),
        resources=(f"arn:aws:iam::*:role/{NAMED}", f"arn:aws:iam::*:instance-profile/{NAMED}"),
    ),
    Scope(id="TagsOfWhatIsMade", actions=("ec2:CreateTags",)),
    Scope(
        id="Rules",
        actions=_actions("ec2", "Authorize* ModifySecurityGroupRules"),
        resources=("arn:aws:ec2:*:*:security-group/*",),
        condition=OURS,
        # A rule that does not exist yet has no tags; the group that it is for has (IAM User Guide, "Amazon EC2: Allows managing
        # EC2 security groups with a specific tag key-value pair").
        also="arn:aws:ec2:*:*:security-group-rule/*",
    ),
    Scope(
        id="OfThisProject",
        actions=_actions(
            "ec2",
            "DeleteTags Terminate* Stop* Start* Monitor* Unmonitor* ModifyInstance* ModifyVpc* ModifySubnet* "
            "ModifyLaunchTemplate CreateLaunchTemplateVersion AttachInternetGateway DetachInternetGateway ReleaseAddress "
            "ReplaceRoute CreateRoute "
            "Revoke* Delete[!T]* AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation "
            "AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation DisassociateIamInstanceProfile",
        ),
        condition=OURS,
    ),
    Scope(
        id="Tunnels",
        actions=("ec2-instance-connect:*",),
        resources=("arn:aws:ec2:*:*:instance-connect-endpoint/*",),
        condition=OURS,
    ),
    Scope(
        id="BucketsObjects",
        actions=_actions(
            "s3",
            "PutObject PutObjectTagging GetObject GetObjectTagging DeleteObject DeleteObjectVersion AbortMultipartUpload",
        ),
        resources=(f"arn:aws:s3:::{NAMED}/*",),
    ),
    Scope(id="Buckets", actions=("s3:*",), resources=(f"arn:aws:s3:::{NAMED}",)),
    Scope(
        id="Secrets", actions=("secretsmanager:*",), resources=(f"arn:aws:secretsmanager:*:*:secret:{NAMED}",)
    ),
    Scope(id="Asked", actions=_actions("autoscaling", "Describe*")),
    Scope(
        id="Groups",
        actions=("autoscaling:*",),
        resources=(f"arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/{NAMED}",),
    ),
    Scope(id="Asked", actions=_actions("elasticloadbalancing", "Describe*")),
    Scope(id="Made", actions=("elasticloadbalancing:SetWebAcl",)),
    Scope(
        id="Balancers",
        actions=("elasticloadbalancing:*",),
        resources=tuple(
            f"arn:aws:elasticloadbalancing:*:*:{each}"
            for each in (
                f"loadbalancer/app/{NAMED}/*",
                f"targetgroup/{NAMED}/*",
                f"listener/app/{NAMED}/*/*",
            )
        ),
    ),
    Scope(id="Made", actions=("acm:RequestCertificate",)),
    Scope(
        id="CertificatesOfThisProject",
        actions=_actions("acm", "Delete* Update* Remove*"),
        resources=("arn:aws:acm:*:*:certificate/*",),
        condition=OURS,
    ),
    Scope(id="Certificates", actions=("acm:*",), resources=("arn:aws:acm:*:*:certificate/*",)),
    Scope(id="Asked", actions=("route53:ListHostedZones",)),
    Scope(id="Made", actions=_actions("route53", "CreateHostedZone CreateHealthCheck")),
    Scope(
        id="Names",
        actions=("route53:*",),
        resources=(
            "arn:aws:route53:::hostedzone/*",
            "arn:aws:route53:::healthcheck/*",
            "arn:aws:route53:::change/*",
        ),
    ),
    Scope(id="Made", actions=("globalaccelerator:CreateAccelerator",)),
    Scope(
        id="Accelerators",
        actions=("globalaccelerator:*",),
        resources=("arn:aws:globalaccelerator::*:accelerator/*",),
    ),
    Scope(
        id="ManagedRules",
        actions=_actions("wafv2", "*"),
        resources=(
            f"arn:aws:wafv2:*:*:regional/webacl/{NAMED}/*",
            "arn:aws:wafv2:*:*:regional/managedruleset/*/*",
            f"arn:aws:elasticloadbalancing:*:*:loadbalancer/app/{NAMED}/*",
        ),
    ),
    Scope(id="Asked", actions=_actions("logs", "DescribeLogGroups DescribeResourcePolicies")),
    Scope(id="Made", actions=_actions("logs", "PutResourcePolicy *LogDelivery")),
    Scope(
        id="Logs",
        actions=("logs:*",),
        resources=tuple(
            f"arn:aws:logs:*:*:log-group:{each}"
            for each in (NAMED, f"aws-waf-logs-{NAMED}", "/aws/eks/*/cluster*")
        ),
    ),
    Scope(
        id="Dashboards",
        actions=_actions("cloudwatch", "*Dashboard*"),
        resources=(f"arn:aws:cloudwatch::*:dashboard/{NAMED}",),
    ),
    Scope(id="Asked", actions=("cloudwatch:DescribeAlarms",)),
    Scope(
        id="Alarms",
        actions=("cloudwatch:*",),
        resources=(f"arn:aws:cloudwatch:*:*:alarm:{NAMED}", f"arn:aws:cloudwatch:*:*:alarm:{DOOR}"),
    ),
    Scope(id="Made", actions=_actions("sns", "*SubscriptionAttributes Unsubscribe")),
    Scope(
        id="Topics",
        actions=("sns:*",),
        resources=(f"arn:aws:sns:*:*:{NAMED}", f"arn:aws:sns:*:*:{DOOR}"),
    ),
    Scope(id="Made", actions=_actions("eks", "CreateCluster")),
    Scope(
        id="Clusters",
        actions=("eks:*",),
        resources=tuple(
            f"arn:aws:eks:*:*:{each}/*"
            for each in ("cluster", "access-entry", "addon", "podidentityassociation")
        ),
    ),
    Scope(id="Made", actions=("kms:CreateKey",)),
    Scope(
        id="KeysOfThisProject",
        actions=("kms:ScheduleKeyDeletion",),
        resources=("arn:aws:kms:*:*:key/*",),
        condition=OURS,
    ),
    # KMS goes by a key's tags up to five minutes after it got them (Developer Guide, "ABAC for AWS KMS"), and these come at once.
    Scope(id="Keys", actions=("kms:*",), resources=("arn:aws:kms:*:*:key/*",)),
    Scope(id="Asked", actions=("ecr:GetAuthorizationToken",)),
    Scope(id="Images", actions=("ecr:*",), resources=("arn:aws:ecr:*:*:repository/*",)),
    Scope(id="Asked", actions=_actions("ec2", "Describe* Get* List*")),
    Scope(id="Made", actions=("ec2:*",)),
    Scope(id="Asked", actions=("sts:GetCallerIdentity", "servicequotas:Get*")),
)
"""The first that matches; those of one id are one statement. One without resources has actions that AWS binds to none, or that
make what nobody can name before."""


def scope(action: str) -> Scope:
    """Of one action. Raises KeyError for one that no scope knows."""
    found = next((each for each in SCOPES if any(fnmatchcase(action, one) for one in each.actions)), None)
    if found is None:
        raise KeyError(f"no scope knows {action}; give it one in model/aws/rights/scopes.py")
    return found
