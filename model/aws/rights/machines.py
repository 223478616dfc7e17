"""Calls for machines, what they are allowed and what they fetch: see network.py, which reads the same way."""

from collections.abc import Mapping

TAGS = "CreateTags DeleteTags"
PUBLIC = "GetBucketPublicAccessBlock"
BUCKET = (
    "GetBucketLocation GetBucketTagging GetBucketPolicy GetBucketAcl GetBucketCORS GetBucketWebsite GetBucketVersioning "
    "GetAccelerateConfiguration GetBucketRequestPayment GetBucketLogging GetLifecycleConfiguration GetReplicationConfiguration "
    "GetEncryptionConfiguration GetBucketObjectLockConfiguration GetBucketPolicyStatus"
)
"""What the provider reads of every bucket, whatever was set."""

CALLS: Mapping[str, Mapping[str, str]] = {
    "aws:ec2/instance:Instance": {
        "ec2": f"RunInstances {TAGS} ModifyInstanceAttribute ModifyInstanceMetadataOptions ModifyInstanceCreditSpecification "
        "ModifyInstanceMaintenanceOptions MonitorInstances UnmonitorInstances ModifyVolume StopInstances StartInstances "
        "AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation DescribeInstances DescribeInstanceTypes "
        "DescribeInstanceAttribute DescribeInstanceCreditSpecifications DescribeIamInstanceProfileAssociations DescribeVolumes "
        "DescribeVolumesModifications DescribeImages DescribeTags DescribeVpcs DisassociateIamInstanceProfile TerminateInstances",
        "iam": "PassRole",
    },
    "aws:ec2/launchTemplate:LaunchTemplate": {
        "ec2": f"CreateLaunchTemplate {TAGS} CreateLaunchTemplateVersion ModifyLaunchTemplate DescribeLaunchTemplates "
        "DescribeLaunchTemplateVersions DeleteLaunchTemplate",
        "iam": "PassRole",
    },
    "aws:autoscaling/group:Group": {
        "autoscaling": "CreateAutoScalingGroup CreateOrUpdateTags PutLifecycleHook PutWarmPool UpdateAutoScalingGroup "
        "AttachLoadBalancerTargetGroups DetachLoadBalancerTargetGroups SuspendProcesses ResumeProcesses EnableMetricsCollection "
        "DisableMetricsCollection SetInstanceProtection DescribeAutoScalingGroups DescribeScalingActivities DescribeWarmPool "
        "DescribeLifecycleHooks DescribeTags DeleteTags DeleteWarmPool DeleteAutoScalingGroup",
        "ec2": "RunInstances CreateTags DescribeLaunchTemplateVersions",
        "iam": "PassRole CreateServiceLinkedRole",
    },
    "aws:autoscaling/policy:Policy": {"autoscaling": "PutScalingPolicy DescribePolicies DeletePolicy"},
    "aws:autoscaling/schedule:Schedule": {
        "autoscaling": "PutScheduledUpdateGroupAction DescribeScheduledActions DeleteScheduledAction"
    },
    "aws:iam/role:Role": {
        "iam": "CreateRole TagRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy UntagRole GetRole ListRolePolicies "
        "GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole DeleteRole"
    },
    "aws:iam/rolePolicy:RolePolicy": {"iam": "PutRolePolicy GetRolePolicy DeleteRolePolicy"},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
        "iam": "AttachRolePolicy ListAttachedRolePolicies DetachRolePolicy"
    },
    "aws:iam/instanceProfile:InstanceProfile": {
        "iam": "CreateInstanceProfile TagInstanceProfile AddRoleToInstanceProfile UntagInstanceProfile GetInstanceProfile "
        "PassRole RemoveRoleFromInstanceProfile DeleteInstanceProfile"
    },
    "aws:s3/bucket:Bucket": {
        "s3": f"CreateBucket PutBucketTagging ListBucket {BUCKET} ListBucketVersions DeleteObject DeleteObjectVersion "
        "DeleteBucket"
    },
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
        "s3": "PutLifecycleConfiguration GetLifecycleConfiguration"
    },
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
        "s3": "PutBucketOwnershipControls GetBucketOwnershipControls"
    },
    "aws:s3/bucketPolicy:BucketPolicy": {"s3": "PutBucketPolicy GetBucketPolicy DeleteBucketPolicy"},
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {"s3": f"PutBucketPublicAccessBlock {PUBLIC}"},
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
        "s3": "PutEncryptionConfiguration GetEncryptionConfiguration"
    },
    "aws:s3/bucketVersioning:BucketVersioning": {"s3": "PutBucketVersioning GetBucketVersioning"},
    "aws:s3/bucketObjectv2:BucketObjectv2": {
        "s3": "PutObject PutObjectTagging AbortMultipartUpload GetObject GetObjectTagging ListBucket"
    },
    "aws:secretsmanager/secret:Secret": {
        "secretsmanager": "CreateSecret TagResource UpdateSecret UntagResource DescribeSecret GetResourcePolicy DeleteSecret"
    },
    "aws:secretsmanager/secretVersion:SecretVersion": {
        "secretsmanager": "PutSecretValue UpdateSecretVersionStage GetSecretValue DescribeSecret ListSecretVersionIds"
    },
}
OWN: Mapping[str, Mapping[str, str]] = {
    "the exchange of a group's instances (groups/)": {
        "autoscaling": "StartInstanceRefresh RollbackInstanceRefresh CancelInstanceRefresh DescribeInstanceRefreshes "
        "DescribeAutoScalingGroups DescribeScalingActivities",
        "elasticloadbalancing": "DescribeTargetHealth",
    },
}
"""What the deployer asks for itself, beside the provider."""
