"""Ids and names of pretended resources: what they look like in AWS, with random digits. Not for any other output."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass

from plugins.values import Values

ACCOUNT = "123456789012"
"""The account that AWS's own documentation uses in examples."""


@dataclass(frozen=True)
class Form:
    """Templates of a type's id and, after `arn:aws:`, of its ARN. {name} is its name; hex8, hex16, hex17 and uuid are random."""

    id: str
    arn: str = ""


def _ec2(prefix: str, kind: str) -> Form:
    return Form(f"{prefix}-{{hex17}}", f"ec2:{{region}}:{{account}}:{kind}/{{id}}")


def _by_name(arn: str) -> Form:
    return Form("{name}", arn)


def _by_arn(arn: str) -> Form:
    return Form("{arn}", arn)


_LB = "elasticloadbalancing:{region}:{account}:"
FORMS = {
    "aws:acm/certificate:Certificate": _by_arn("acm:{region}:{account}:certificate/{uuid}"),
    "aws:autoscaling/group:Group": _by_name(
        "autoscaling:{region}:{account}:autoScalingGroup:{uuid}:autoScalingGroupName/{name}"
    ),
    "aws:cloudwatch/dashboard:Dashboard": _by_name("cloudwatch::{account}:dashboard/{name}"),
    "aws:cloudwatch/logGroup:LogGroup": _by_name("logs:{region}:{account}:log-group:{name}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _by_name("cloudwatch:{region}:{account}:alarm:{name}"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _ec2("sg", "security-group"),
    "aws:ec2/eip:Eip": _ec2("eipalloc", "elastic-ip"),
    "aws:ec2/eipAssociation:EipAssociation": Form("eipassoc-{hex17}"),
    "aws:ec2/flowLog:FlowLog": _ec2("fl", "vpc-flow-log"),
    "aws:ec2/instance:Instance": _ec2("i", "instance"),
    "aws:ec2/internetGateway:InternetGateway": _ec2("igw", "internet-gateway"),
    "aws:ec2/launchTemplate:LaunchTemplate": _ec2("lt", "launch-template"),
    "aws:ec2/natGateway:NatGateway": _ec2("nat", "natgateway"),
    "aws:ec2/route:Route": Form("r-rtb-{hex17}"),
    "aws:ec2/routeTable:RouteTable": _ec2("rtb", "route-table"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Form("rtbassoc-{hex17}"),
    "aws:ec2/securityGroup:SecurityGroup": _ec2("sg", "security-group"),
    "aws:ec2/subnet:Subnet": _ec2("subnet", "subnet"),
    "aws:ec2/vpc:Vpc": _ec2("vpc", "vpc"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _ec2("vpce", "vpc-endpoint"),
    "aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint": _ec2(
        "eice", "instance-connect-endpoint"
    ),
    "aws:ecr/repository:Repository": _by_name("ecr:{region}:{account}:repository/{name}"),
    "aws:eks/cluster:Cluster": _by_name("eks:{region}:{account}:cluster/{name}"),
    "aws:iam/instanceProfile:InstanceProfile": _by_name("iam::{account}:instance-profile/{name}"),
    "aws:iam/policy:Policy": _by_arn("iam::{account}:policy/{name}"),
    "aws:iam/role:Role": _by_name("iam::{account}:role/{name}"),
    "aws:kms/key:Key": Form("{uuid}", "kms:{region}:{account}:key/{id}"),
    "aws:lb/listener:Listener": _by_arn(_LB + "listener/app/{name}/{hex16}/{hex16}"),
    "aws:lb/listenerRule:ListenerRule": _by_arn(_LB + "listener-rule/app/{name}/{hex16}/{hex16}/{hex16}"),
    "aws:lb/loadBalancer:LoadBalancer": _by_arn(_LB + "loadbalancer/app/{name}/{hex16}"),
    "aws:lb/targetGroup:TargetGroup": _by_arn(_LB + "targetgroup/{name}/{hex16}"),
    "aws:route53/record:Record": Form("{zoneId}_{name}_{type}{set}"),
    "aws:s3/bucket:Bucket": _by_name("s3:::{name}"),
    # By its bucket's name, which several have; AWS's own id ends in the key.
    "aws:s3/bucketObjectv2:BucketObjectv2": Form("{name}/{hex16}", "s3:::{id}"),
    "aws:sns/topic:Topic": _by_arn("sns:{region}:{account}:{name}"),
    "aws:sns/topicSubscription:TopicSubscription": _by_arn("sns:{region}:{account}:{name}:{uuid}"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _ec2("sgr", "security-group-rule"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _ec2("sgr", "security-group-rule"),
    "aws:wafv2/webAcl:WebAcl": Form("{uuid}", "wafv2:{region}:{account}:regional/webacl/{name}/{id}"),
}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """`name` is the physical one: as given, else out of the `Name` tag (or the type) and seven random digits."""

    id: str
    arn: str
    name: str


def create(type: str, inputs: Values, region: str) -> Identity:
    """A new resource's identity. A type without a form gets its name as id and an ARN of the usual shape."""
    module, noun = type.split(":", 1)[1].partition("/")[0], type.rpartition(":")[2]
    name = physical_name(type, inputs)
    form = FORMS.get(type, Form("{name}", f"{module}:{{region}}:{{account}}:{noun.lower()}/{{id}}"))
    values = {
        "account": ACCOUNT,
        "region": region,
        "name": name,
        "hex16": secrets.token_hex(8),
        "hex17": f"0{secrets.token_hex(8)}",
        "uuid": str(uuid.uuid4()),
        # Several records may have one name; these tell them apart.
        "zoneId": inputs.get("zoneId"),
        "type": inputs.get("type"),
        "set": f"_{inputs['setIdentifier']}" if inputs.get("setIdentifier") else "",
    }
    if form.id == "{arn}":
        arn = "arn:aws:" + form.arn.format(**values)
        return Identity(id=arn, arn=arn, name=name)
    id = form.id.format(**values)
    return Identity(id=id, arn="arn:aws:" + form.arn.format(**values, id=id) if form.arn else "", name=name)


def logical_name(type: str, inputs: Values) -> str:
    """What the program calls it, which by the program's own rule stands in its `Name` tag."""
    tags = inputs.get("tags")
    named = tags.get("Name") if isinstance(tags, dict) else None
    return str(named or type.rpartition(":")[2].lower())


def physical_name(type: str, inputs: Values) -> str:
    """The name as given, else as Pulumi makes them."""
    for given in ("name", "bucket", "dashboardName"):
        if isinstance(inputs.get(given), str):
            return inputs[given]
    prefix = inputs.get("namePrefix")
    random = secrets.token_hex(4)[:7]
    return f"{prefix}{random}" if isinstance(prefix, str) else f"{logical_name(type, inputs)}-{random}"
