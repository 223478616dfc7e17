"""Calls for a cluster of EKS and its images: see network.py, which reads the same way."""

from collections.abc import Mapping

MARKS = "TagResource UntagResource"

CALLS: Mapping[str, Mapping[str, str]] = {
    "aws:eks/cluster:Cluster": {
        "eks": f"CreateCluster {MARKS} UpdateClusterConfig UpdateClusterVersion DescribeCluster DescribeUpdate DeleteCluster",
        "iam": "PassRole GetRole ListAttachedRolePolicies CreateServiceLinkedRole",
        "kms": "DescribeKey CreateGrant",
        "ec2": "DescribeSubnets DescribeSecurityGroups DescribeVpcs",
    },
    "aws:eks/accessEntry:AccessEntry": {
        "eks": f"CreateAccessEntry {MARKS} UpdateAccessEntry DescribeAccessEntry DeleteAccessEntry"
    },
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": {
        "eks": "AssociateAccessPolicy ListAssociatedAccessPolicies DisassociateAccessPolicy"
    },
    "aws:eks/addon:Addon": {
        "eks": f"CreateAddon {MARKS} UpdateAddon DescribeAddon DescribeUpdate DeleteAddon"
    },
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": {
        "eks": f"CreatePodIdentityAssociation {MARKS} UpdatePodIdentityAssociation DescribePodIdentityAssociation "
        "DeletePodIdentityAssociation",
        "iam": "PassRole GetRole",
    },
    "aws:kms/key:Key": {
        "kms": f"CreateKey {MARKS} PutKeyPolicy EnableKeyRotation UpdateKeyDescription DescribeKey GetKeyPolicy "
        "GetKeyRotationStatus ListResourceTags ScheduleKeyDeletion"
    },
    "aws:ecr/repository:Repository": {
        "ecr": f"CreateRepository {MARKS} PutImageTagMutability PutImageScanningConfiguration DescribeRepositories "
        "ListTagsForResource ListImages BatchDeleteImage DeleteRepository"
    },
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": {
        "ecr": "PutLifecyclePolicy GetLifecyclePolicy DeleteLifecyclePolicy"
    },
}
OWN: Mapping[str, Mapping[str, str]] = {
    "images that are pushed (oci/)": {
        "ecr": "GetAuthorizationToken BatchCheckLayerAvailability InitiateLayerUpload UploadLayerPart CompleteLayerUpload "
        "PutImage BatchGetImage GetDownloadUrlForLayer DescribeImages"
    },
}
"""What the deployer asks for itself, beside the provider."""
