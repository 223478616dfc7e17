"""Which changes AWS cannot make in place, for every type that the program makes: ForceNew in the provider's sources
(terraform-provider-aws, internal/service), at the top level. Not from a schema: the SDK's classes do not tell."""

from __future__ import annotations

from plugins.aws import instances
from plugins.values import Values

_CONFIGURATION = "bucket expectedBucketOwner"
_TABLE = {
    "aws:acm/certificate:Certificate": "domainName subjectAlternativeNames validationMethod",
    "aws:acm/certificateValidation:CertificateValidation": "certificateArn validationRecordFqdns",
    "aws:autoscaling/group:Group": "name namePrefix",
    "aws:autoscaling/policy:Policy": "autoscalingGroupName name",
    "aws:autoscaling/schedule:Schedule": "autoscalingGroupName scheduledActionName",
    "aws:cloudwatch/dashboard:Dashboard": "dashboardName",
    "aws:cloudwatch/logGroup:LogGroup": "logGroupClass name namePrefix",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "vpcId",
    "aws:ec2/eip:Eip": "address domain ipamPoolId networkBorderGroup publicIpv4Pool",
    "aws:ec2/flowLog:FlowLog": "eniId iamRoleArn logDestination logDestinationType logFormat maxAggregationInterval subnetId "
    "trafficType vpcId",
    instances.TYPE: "ami availabilityZone keyName privateIp subnetId",
    "aws:ec2/internetGateway:InternetGateway": "",
    "aws:ec2/launchTemplate:LaunchTemplate": "name namePrefix",
    "aws:ec2/natGateway:NatGateway": "allocationId connectivityType privateIp subnetId",
    "aws:ec2/route:Route": "destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId routeTableId",
    "aws:ec2/routeTable:RouteTable": "vpcId",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "gatewayId subnetId",
    "aws:ec2/securityGroup:SecurityGroup": "description name namePrefix vpcId",
    "aws:ec2/subnet:Subnet": "availabilityZone availabilityZoneId cidrBlock vpcId",
    "aws:ec2/vpc:Vpc": "cidrBlock",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "serviceName serviceRegion vpcEndpointType vpcId",
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": "preserveClientIp securityGroupIds subnetId",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "policy repository",
    "aws:ecr/repository:Repository": "encryptionConfigurations name",
    "aws:eks/accessEntry:AccessEntry": "clusterName principalArn type",
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": "accessScope clusterName policyArn principalArn",
    "aws:eks/addon:Addon": "addonName clusterName",
    "aws:eks/cluster:Cluster": "name roleArn",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": "clusterName namespace serviceAccount",
    "aws:globalaccelerator/accelerator:Accelerator": "ipAddresses",
    "aws:globalaccelerator/endpointGroup:EndpointGroup": "endpointGroupRegion listenerArn",
    "aws:globalaccelerator/listener:Listener": "acceleratorArn",
    "aws:iam/instanceProfile:InstanceProfile": "name namePrefix path",
    "aws:iam/role:Role": "name namePrefix path",
    "aws:iam/rolePolicy:RolePolicy": "name namePrefix role",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn role",
    "aws:kms/key:Key": "customerMasterKeySpec keyUsage multiRegion",
    "aws:lb/listener:Listener": "loadBalancerArn",
    "aws:lb/loadBalancer:LoadBalancer": "internal loadBalancerType name namePrefix",
    "aws:lb/targetGroup:TargetGroup": "ipAddressType name namePrefix port protocol protocolVersion targetType vpcId",
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": "availabilityZone port targetGroupArn targetId",
    "aws:route53/healthCheck:HealthCheck": "measureLatency referenceName requestInterval routingControlArn type",
    "aws:route53/record:Record": "name zoneId",
    "aws:route53/zone:Zone": "delegationSetId name",
    "aws:s3/bucket:Bucket": "bucket bucketPrefix objectLockEnabled",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _CONFIGURATION,
    "aws:s3/bucketObjectv2:BucketObjectv2": "bucket key",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "bucket",
    "aws:s3/bucketPolicy:BucketPolicy": "bucket",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "bucket",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _CONFIGURATION,
    "aws:s3/bucketVersioning:BucketVersioning": _CONFIGURATION,
    "aws:secretsmanager/secret:Secret": "name namePrefix",
    "aws:secretsmanager/secretVersion:SecretVersion": "secretBinary secretId secretString secretStringWoVersion",
    "aws:sns/topic:Topic": "fifoTopic name namePrefix",
    "aws:sns/topicSubscription:TopicSubscription": "endpoint protocol topic",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "securityGroupId",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "securityGroupId",
    "aws:wafv2/webAcl:WebAcl": "name namePrefix scope",
    "aws:wafv2/webAclAssociation:WebAclAssociation": "resourceArn webAclArn",
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": "logDestinationConfigs resourceArn",
}
REPLACING = {type: frozenset(names.split()) for type, names in _TABLE.items()}


def of(type: str, changed: tuple[str, ...], inputs: Values) -> tuple[str, ...]:
    """Those of the changed inputs that only a new resource can have."""
    replacing = REPLACING.get(type, frozenset())
    if type == instances.TYPE and inputs.get("userDataReplaceOnChange"):
        replacing |= {"userData", "userDataBase64"}
    return tuple(name for name in changed if name in replacing or name == "region")
