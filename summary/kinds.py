"""What each type that the program makes on AWS is to users. A test finds every one of them here, and no other."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto


class Kind(Enum):
    """By what is lost with it, or changes with it."""

    DATA = auto()
    """What it holds goes with it."""
    NAME = auto()
    """It says where a name leads."""
    BALANCER = auto()
    """Another one has another name."""
    MACHINE = auto()
    GROUP = auto()
    """Machines that come and go."""
    REACH = auto()
    """It says who may reach or do what."""
    PART = auto()
    """All else."""


_TYPES: Mapping[Kind, str] = {
    Kind.DATA: """
        cloudwatch/logGroup:LogGroup ecr/repository:Repository eks/cluster:Cluster kms/key:Key s3/bucket:Bucket
        secretsmanager/secret:Secret
    """,
    Kind.NAME: """
        globalaccelerator/accelerator:Accelerator globalaccelerator/endpointGroup:EndpointGroup
        globalaccelerator/listener:Listener route53/record:Record route53/zone:Zone
    """,
    Kind.BALANCER: "lb/loadBalancer:LoadBalancer",
    Kind.MACHINE: "ec2/instance:Instance",
    Kind.GROUP: "autoscaling/group:Group",
    Kind.REACH: """
        ec2/defaultSecurityGroup:DefaultSecurityGroup ec2/securityGroup:SecurityGroup eks/accessEntry:AccessEntry
        eks/accessPolicyAssociation:AccessPolicyAssociation eks/podIdentityAssociation:PodIdentityAssociation
        iam/instanceProfile:InstanceProfile iam/role:Role iam/rolePolicy:RolePolicy
        iam/rolePolicyAttachment:RolePolicyAttachment s3/bucketOwnershipControls:BucketOwnershipControls
        s3/bucketPolicy:BucketPolicy s3/bucketPublicAccessBlock:BucketPublicAccessBlock
        vpc/securityGroupEgressRule:SecurityGroupEgressRule vpc/securityGroupIngressRule:SecurityGroupIngressRule
        wafv2/webAcl:WebAcl wafv2/webAclAssociation:WebAclAssociation
    """,
    Kind.PART: """
        acm/certificate:Certificate acm/certificateValidation:CertificateValidation autoscaling/policy:Policy
        autoscaling/schedule:Schedule cloudwatch/dashboard:Dashboard cloudwatch/metricAlarm:MetricAlarm ec2/eip:Eip
        ec2/flowLog:FlowLog ec2/internetGateway:InternetGateway ec2/launchTemplate:LaunchTemplate
        ec2/natGateway:NatGateway ec2/route:Route ec2/routeTable:RouteTable
        ec2/routeTableAssociation:RouteTableAssociation ec2/subnet:Subnet ec2/vpc:Vpc ec2/vpcEndpoint:VpcEndpoint
        ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint ecr/lifecyclePolicy:LifecyclePolicy
        eks/addon:Addon lb/listener:Listener lb/targetGroup:TargetGroup
        lb/targetGroupAttachment:TargetGroupAttachment route53/healthCheck:HealthCheck
        s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration s3/bucketObjectv2:BucketObjectv2
        s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration
        s3/bucketVersioning:BucketVersioning secretsmanager/secretVersion:SecretVersion sns/topic:Topic
        sns/topicSubscription:TopicSubscription wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration
    """,
}
KINDS: Mapping[str, Kind] = {f"aws:{type}": kind for kind, types in _TYPES.items() for type in types.split()}
_OF_CLUSTERS: Mapping[str, Kind] = {
    "Namespace": Kind.DATA,
    "NetworkPolicy": Kind.REACH,
    "PersistentVolume": Kind.DATA,
    "PersistentVolumeClaim": Kind.DATA,
    "StatefulSet": Kind.DATA,
}


def kind(type: str) -> Kind:
    """Of a type as the engine calls it, whole: what begins with the same letters is something else."""
    if type.startswith("kubernetes:"):
        return _OF_CLUSTERS.get(type.rpartition(":")[2], Kind.PART)
    return KINDS.get(type, Kind.PART)
