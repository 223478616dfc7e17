"""By which call the provider makes each type on AWS, and the inputs as that call has them.

Read from the provider's documentation and the API references; that the provider sends exactly this is not proven.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Inputs = dict[str, Any]
Translate = Callable[[Inputs, str], Inputs]
"""From the inputs and the name that Pulumi makes where none is given."""


def _as(into: str = "", /, drop: str = "", **names: str) -> Translate:
    """`names` are spelled otherwise in the call, `drop` are the provider's own or go to a call of their own.

    The generated name is the member `into`.
    """
    away = {*drop.split(), "tags"}

    def translate(told: Inputs, name: str) -> Inputs:
        found = {names.get(key, key): value for key, value in told.items() if key not in away}
        return {**found, **({into: name} if into else {})}

    return translate


def _instance(told: Inputs, name: str) -> Inputs:
    kept = _as(
        drop="associatePublicIpAddress userDataReplaceOnChange forceDestroy",
        ami="ImageId",
        vpcSecurityGroupIds="SecurityGroupIds",
    )(told, name)
    disk = {key: value for key, value in kept.pop("rootBlockDevice").items() if key != "tags"}
    profile = {"Name": kept.pop("iamInstanceProfile")} if "iamInstanceProfile" in kept else None
    kept |= {"monitoring": {"Enabled": kept["monitoring"]}, "userData": str(kept["userData"])}
    kept |= {"IamInstanceProfile": profile} if profile else {}
    return {
        **kept,
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": disk}],
        "MinCount": 1,
        "MaxCount": 1,
    }


def _rule(told: Inputs, name: str) -> Inputs:
    why, kept = told["description"], {key: told[key] for key in ("ipProtocol", "fromPort", "toPort")}
    if "referencedSecurityGroupId" in told:
        kept["UserIdGroupPairs"] = [{"GroupId": told["referencedSecurityGroupId"], "Description": why}]
    if "cidrIpv4" in told:
        kept["IpRanges"] = [{"CidrIp": told["cidrIpv4"], "Description": why}]
    if "cidrIpv6" in told:
        kept["Ipv6Ranges"] = [{"CidrIpv6": told["cidrIpv6"], "Description": why}]
    known = {
        *kept,
        "description",
        "securityGroupId",
        "referencedSecurityGroupId",
        "cidrIpv4",
        "cidrIpv6",
        "tags",
    }
    return {
        "GroupId": told["securityGroupId"],
        "IpPermissions": [kept],
        **{key: told[key] for key in told if key not in known},
    }


def _flow_log(told: Inputs, name: str) -> Inputs:
    kept = _as(vpcId="ResourceIds", iamRoleArn="DeliverLogsPermissionArn")(told, name)
    return {**kept, "ResourceType": "VPC"}


ATTRIBUTES = "idleTimeout accessLogs desyncMitigationMode enableDeletionProtection dropInvalidHeaderFields"
GROUP_ATTRIBUTES = "deregistrationDelay loadBalancingAlgorithmType slowStart stickiness"


def _balancer(told: Inputs, name: str) -> Inputs:
    kept = _as("Name", drop=ATTRIBUTES, loadBalancerType="Type")(told, name)
    scheme = "internal" if kept.pop("internal") else "internet-facing"
    return {**kept, "Scheme": scheme}


def _group(told: Inputs, name: str) -> Inputs:
    kept = _as("Name", drop=GROUP_ATTRIBUTES)(told, name)
    check = kept.pop("healthCheck")
    kept |= {
        "HealthyThresholdCount": check.pop("healthyThreshold"),
        "UnhealthyThresholdCount": check.pop("unhealthyThreshold"),
    }
    kept |= {"Matcher": {"HttpCode": check.pop("matcher")}}
    named: dict[str, str] = {
        "path": "HealthCheckPath",
        "interval": "HealthCheckIntervalSeconds",
        "timeout": "HealthCheckTimeoutSeconds",
    }
    for key, value in check.items():
        kept[named.get(key) or str(key)] = value
    return kept


def _listener(told: Inputs, name: str) -> Inputs:
    kept = _as()(told, name)
    if "certificateArn" in kept:
        kept["Certificates"] = [{"CertificateArn": kept.pop("certificateArn")}]
    kept["defaultActions"] = [
        {{"redirect": "RedirectConfig"}.get(key, key): value for key, value in each.items()}
        for each in kept["defaultActions"]
    ]
    return kept


def _health_check(told: Inputs, name: str) -> Inputs:
    config = _as(
        fqdn="FullyQualifiedDomainName",
        enableSni="EnableSNI",
        childHealthchecks="ChildHealthChecks",
        childHealthThreshold="HealthThreshold",
        invertHealthcheck="Inverted",
    )(told, name)
    return {"CallerReference": name, "HealthCheckConfig": config}


def _record(told: Inputs, name: str) -> Inputs:
    one = _as(
        drop="zoneId records aliases failoverRoutingPolicies weightedRoutingPolicies latencyRoutingPolicies"
    )(told, name)
    if "records" in told:
        one["ResourceRecords"] = [{"Value": each} for each in told["records"]]
    for alias in told.get("aliases", ()):
        one["AliasTarget"] = {
            "HostedZoneId": alias["zoneId"],
            "DNSName": alias["name"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
    for policy in told.get("failoverRoutingPolicies", ()):
        one["Failover"] = policy["type"]
    change = {"Action": "CREATE", "ResourceRecordSet": one}
    return {"HostedZoneId": told["zoneId"], "ChangeBatch": {"Changes": [change]}}


def _alarm(told: Inputs, name: str) -> Inputs:
    kept = _as("AlarmName", okActions="OKActions", metricQueries="Metrics")(told, name)
    if "Metrics" in kept:
        kept["Metrics"] = [_query(each) for each in kept["Metrics"]]
    elif "dimensions" in kept:
        kept["dimensions"] = _dimensions(kept["dimensions"])
    return kept


def _query(told: Inputs) -> Inputs:
    if not (metric := told.get("metric")):
        return told
    of = {
        "Namespace": metric["namespace"],
        "MetricName": metric["metricName"],
        "Dimensions": _dimensions(metric["dimensions"]),
    }
    return {
        **{key: value for key, value in told.items() if key != "metric"},
        "MetricStat": {"Metric": of, "Stat": metric["stat"], "Period": metric["period"]},
    }


def _dimensions(told: Inputs) -> list[Inputs]:
    return [{"Name": key, "Value": value} for key, value in told.items()]


def _web_acl(told: Inputs, name: str) -> Inputs:
    return _seen(_as("Name")(told, name))


def _seen(value: Any) -> Any:
    """CloudWatch has a capital in the middle here."""
    if isinstance(value, list):
        return [_seen(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        {"cloudwatchMetricsEnabled": "CloudWatchMetricsEnabled"}.get(key, key): _seen(each)
        for key, each in value.items()
    }


def _logging(told: Inputs, name: str) -> Inputs:
    return {"LoggingConfiguration": told}


def _inside(member: str, translate: Translate) -> Translate:
    """All but the bucket in one member."""

    def whole(told: Inputs, name: str) -> Inputs:
        inner = translate({key: value for key, value in told.items() if key != "bucket"}, name)
        return {"Bucket": told["bucket"], member: inner}

    return whole


def _template(told: Inputs, name: str) -> Inputs:
    """Its data are what an instance of it would be started with; text where the provider tells unset from false."""
    data = _plain_switches(told)
    data["tagSpecifications"] = [
        {**each, "tags": [{"Key": key, "Value": value} for key, value in each["tags"].items()]}
        for each in told["tagSpecifications"]
    ]
    faces = data.pop("networkInterfaces")
    data["networkInterfaces"] = [
        {**each, "Groups": each["securityGroups"], "DeviceIndex": 0} for each in faces
    ]
    for each in data["networkInterfaces"]:
        del each["securityGroups"]
    del data["tags"]
    return {"LaunchTemplateName": name, "LaunchTemplateData": data}


def _plain_switches(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain_switches(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain_switches(each) for each in value]
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _scaling_group(told: Inputs, name: str) -> Inputs:
    """The warm pool goes to a call of its own."""
    kept = _as(
        drop="waitForCapacityTimeout warmPool",
        name="AutoScalingGroupName",
        vpcZoneIdentifiers="VPCZoneIdentifier",
        initialLifecycleHooks="LifecycleHookSpecificationList",
        targetGroupArns="TargetGroupARNs",
    )(told, name)
    kept["VPCZoneIdentifier"] = ",".join(kept["VPCZoneIdentifier"])
    kept["Tags"] = told["tags"]
    kept["LifecycleHookSpecificationList"] = [
        {{"name": "LifecycleHookName"}.get(key, key): value for key, value in each.items()}
        for each in kept["LifecycleHookSpecificationList"]
    ]
    if "launchTemplate" in kept:
        kept["launchTemplate"] = {
            {"id": "LaunchTemplateId"}.get(key, key): value for key, value in told["launchTemplate"].items()
        }
    return kept


def _secret(told: Inputs, name: str) -> Inputs:
    return _as("Name", drop="recoveryWindowInDays")(told, name)


def _door(told: Inputs, name: str) -> Inputs:
    """Global Accelerator asks for a token, so that a call which is repeated makes nothing twice."""
    return {**_as()(told, name), "IdempotencyToken": name}


def _named_door(told: Inputs, name: str) -> Inputs:
    return {**_door(told, name), "Name": name}


def _zone(told: Inputs, name: str) -> Inputs:
    kept = _as(drop="comment")(told, name)
    return {**kept, "CallerReference": name, "HostedZoneConfig": {"Comment": told["comment"]}}


CALLS: dict[str, tuple[str, str, Translate]] = {
    "aws:acm/certificate:Certificate": ("acm", "RequestCertificate", _as()),
    "aws:cloudwatch/dashboard:Dashboard": ("cloudwatch", "PutDashboard", _as()),
    "aws:cloudwatch/logGroup:LogGroup": (
        "logs",
        "CreateLogGroup",
        _as("logGroupName", drop="retentionInDays namePrefix"),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("cloudwatch", "PutMetricAlarm", _alarm),
    "aws:ec2/eip:Eip": ("ec2", "AllocateAddress", _as(drop="instance")),
    "aws:ec2/flowLog:FlowLog": ("ec2", "CreateFlowLogs", _flow_log),
    "aws:ec2/instance:Instance": ("ec2", "RunInstances", _instance),
    "aws:ec2/internetGateway:InternetGateway": ("ec2", "CreateInternetGateway", _as(drop="vpcId")),
    "aws:ec2/natGateway:NatGateway": ("ec2", "CreateNatGateway", _as()),
    "aws:ec2/route:Route": ("ec2", "CreateRoute", _as()),
    "aws:ec2/routeTable:RouteTable": ("ec2", "CreateRouteTable", _as()),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ("ec2", "AssociateRouteTable", _as()),
    "aws:ec2/securityGroup:SecurityGroup": ("ec2", "CreateSecurityGroup", _as("GroupName")),
    "aws:ec2/subnet:Subnet": ("ec2", "CreateSubnet", _as(drop="mapPublicIpOnLaunch")),
    "aws:ec2/vpc:Vpc": ("ec2", "CreateVpc", _as(drop="enableDnsSupport enableDnsHostnames")),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("ec2", "CreateVpcEndpoint", _as()),
    "aws:iam/instanceProfile:InstanceProfile": (
        "iam",
        "CreateInstanceProfile",
        _as("InstanceProfileName", drop="role"),
    ),
    "aws:iam/role:Role": ("iam", "CreateRole", _as("RoleName", assumeRolePolicy="AssumeRolePolicyDocument")),
    "aws:iam/rolePolicy:RolePolicy": (
        "iam",
        "PutRolePolicy",
        _as("PolicyName", role="RoleName", policy="PolicyDocument"),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("iam", "AttachRolePolicy", _as(role="RoleName")),
    "aws:lb/listener:Listener": ("elbv2", "CreateListener", _listener),
    "aws:lb/loadBalancer:LoadBalancer": ("elbv2", "CreateLoadBalancer", _balancer),
    "aws:lb/targetGroup:TargetGroup": ("elbv2", "CreateTargetGroup", _group),
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": (
        "elbv2",
        "RegisterTargets",
        lambda told, _: {
            "TargetGroupArn": told["targetGroupArn"],
            "Targets": [{"Id": told["targetId"], "Port": told["port"]}],
        },
    ),
    "aws:route53/healthCheck:HealthCheck": ("route53", "CreateHealthCheck", _health_check),
    "aws:route53/record:Record": ("route53", "ChangeResourceRecordSets", _record),
    "aws:s3/bucket:Bucket": ("s3", "CreateBucket", _as("Bucket", drop="forceDestroy")),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
        "s3",
        "PutBucketLifecycleConfiguration",
        _inside("LifecycleConfiguration", _as()),
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (
        "s3",
        "PutBucketOwnershipControls",
        _inside("OwnershipControls", _as()),
    ),
    "aws:s3/bucketPolicy:BucketPolicy": ("s3", "PutBucketPolicy", _as()),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (
        "s3",
        "PutPublicAccessBlock",
        _inside("PublicAccessBlockConfiguration", _as()),
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "s3",
        "PutBucketEncryption",
        _inside("ServerSideEncryptionConfiguration", _as()),
    ),
    "aws:sns/topic:Topic": ("sns", "CreateTopic", _as("Name")),
    "aws:sns/topicSubscription:TopicSubscription": ("sns", "Subscribe", _as(topic="TopicArn")),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ("ec2", "AuthorizeSecurityGroupEgress", _rule),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
        "ec2",
        "AuthorizeSecurityGroupIngress",
        _rule,
    ),
    "aws:wafv2/webAcl:WebAcl": ("wafv2", "CreateWebACL", _web_acl),
    "aws:wafv2/webAclAssociation:WebAclAssociation": ("wafv2", "AssociateWebACL", _as()),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": (
        "wafv2",
        "PutLoggingConfiguration",
        _logging,
    ),
    "aws:autoscaling/group:Group": ("autoscaling", "CreateAutoScalingGroup", _scaling_group),
    "aws:autoscaling/policy:Policy": ("autoscaling", "PutScalingPolicy", _as("PolicyName")),
    "aws:autoscaling/schedule:Schedule": (
        "autoscaling",
        "PutScheduledUpdateGroupAction",
        # -1 is the provider's word for leaving it out.
        _as(drop="desiredCapacity"),
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": ("ec2", "CreateLaunchTemplate", _template),
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": (
        "ec2",
        "CreateInstanceConnectEndpoint",
        _as(),
    ),
    "aws:globalaccelerator/accelerator:Accelerator": ("globalaccelerator", "CreateAccelerator", _named_door),
    "aws:globalaccelerator/endpointGroup:EndpointGroup": ("globalaccelerator", "CreateEndpointGroup", _door),
    "aws:globalaccelerator/listener:Listener": ("globalaccelerator", "CreateListener", _door),
    "aws:route53/zone:Zone": ("route53", "CreateHostedZone", _zone),
    "aws:s3/bucketObjectv2:BucketObjectv2": ("s3", "PutObject", _as(drop="source")),
    "aws:s3/bucketVersioning:BucketVersioning": ("s3", "PutBucketVersioning", _as()),
    "aws:secretsmanager/secret:Secret": ("secretsmanager", "CreateSecret", _secret),
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretsmanager", "PutSecretValue", _as()),
}
WITHOUT = {
    "aws:acm/certificateValidation:CertificateValidation": "waits, and makes nothing",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "takes over what is there, and removes its rules",
}
"""Types that no call makes."""
UNMODELLED = {
    "attributes of load balancers and target groups": "a list of texts, of which the model knows nothing",
    "Elastic IPs' machines, profiles' roles, DNS of networks, retention of logs": "one value in a call of its own",
    "policies and dashboards": "JSON in a text",
    "warm pools of groups, days for which a deleted secret is kept": "in calls of their own",
    "first starts": "a text in base64, held to its own rules where it is written",
}
"""Inputs that the API's model says nothing of, and why."""
