"""Which changes AWS cannot make in place, for the types that this table has; others are changed in place. Not from a schema:
the SDK's classes do not tell."""

from __future__ import annotations

from plugins.aws import instances
from plugins.values import Values

REPLACING: dict[str, frozenset[str]] = {
    "aws:acm/certificate:Certificate": frozenset(
        {"domainName", "subjectAlternativeNames", "validationMethod"}
    ),
    "aws:autoscaling/group:Group": frozenset({"name", "namePrefix"}),
    instances.TYPE: frozenset({"ami", "availabilityZone", "keyName", "privateIp", "subnetId"}),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": frozenset({"subnetId"}),
    "aws:ec2/securityGroup:SecurityGroup": frozenset({"description", "name", "namePrefix", "vpcId"}),
    "aws:ec2/subnet:Subnet": frozenset({"availabilityZone", "cidrBlock", "vpcId"}),
    "aws:ec2/vpc:Vpc": frozenset({"cidrBlock"}),
    "aws:ecr/repository:Repository": frozenset({"encryptionConfigurations", "name"}),
    "aws:eks/cluster:Cluster": frozenset({"name", "roleArn"}),
    "aws:iam/role:Role": frozenset({"name", "namePrefix"}),
    "aws:lb/loadBalancer:LoadBalancer": frozenset({"internal", "loadBalancerType", "name", "namePrefix"}),
    "aws:lb/targetGroup:TargetGroup": frozenset(
        {"name", "namePrefix", "port", "protocol", "targetType", "vpcId"}
    ),
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": frozenset({"port", "targetGroupArn", "targetId"}),
    "aws:route53/record:Record": frozenset({"name", "zoneId"}),
    "aws:s3/bucket:Bucket": frozenset({"bucket", "bucketPrefix"}),
}


def of(type: str, changed: tuple[str, ...], inputs: Values) -> tuple[str, ...]:
    """Those of the changed inputs that only a new resource can have."""
    replacing = REPLACING.get(type, frozenset())
    if type == instances.TYPE and inputs.get("userDataReplaceOnChange"):
        replacing |= {"userData", "userDataBase64"}
    return tuple(name for name in changed if name in replacing or name == "region")
