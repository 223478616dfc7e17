"""What a pretended resource tells: its inputs, its identity, and what programs are known to build on. Not instances' hosts."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable

from plugins.aws import nowhere, schema
from plugins.aws.identity import ACCOUNT, Identity
from plugins.values import UNKNOWN, Value, Values


def created(type: str, inputs: Values, identity: Identity, region: str, default_tags: Values) -> Values:
    """The outputs of a new resource; those that nothing is known of are left out."""
    names = schema.output_names(type)
    own: Values = {
        "arn": identity.arn,
        "dashboardArn": identity.arn,
        "name": identity.name,
        "bucket": identity.name,
        "region": region,
        "tagsAll": _tags(inputs, default_tags),
    }
    outputs = {name: value for name, value in own.items() if name in names}
    outputs |= {name: value for name, value in inputs.items() if value is not None and name in names}
    special = _SPECIAL.get(type)
    return {**outputs, **(special(inputs, identity, region) if special else {})}


def updated(type: str, old: Values, inputs: Values, default_tags: Values) -> Values:
    """The outputs after a change in place: what AWS had decided stays."""
    names = schema.output_names(type)
    outputs = {**old, **{name: inputs[name] for name in inputs if name in names}}
    if "tagsAll" in names:
        outputs["tagsAll"] = _tags(inputs, default_tags)
    if isinstance(version := old.get("latestVersion"), int):
        outputs["latestVersion"] = version + 1
    return outputs


def previewed(type: str, old: Values | None, inputs: Values, default_tags: Values) -> Values:
    """What is known before; of a new resource only its inputs."""
    if old is not None:
        return updated(type, old, inputs, default_tags)
    return {
        name: inputs[name] if inputs.get(name) is not None else UNKNOWN for name in schema.output_names(type)
    }


def _tags(inputs: Values, default_tags: Values) -> Values:
    """With the provider's own. An auto-scaling group has a list of its tags, to which AWS adds none."""
    own = inputs.get("tags")
    return {**default_tags, **own} if isinstance(own, dict) else default_tags


def _load_balancer(inputs: Values, identity: Identity, region: str) -> Values:
    digits = "".join(str(byte % 10) for byte in secrets.token_bytes(10))
    return {
        "dnsName": f"{identity.name}-{digits}.{region}.elb.amazonaws.com",
        "zoneId": "ZPRETENDEDELB",
        "arnSuffix": identity.arn.partition("loadbalancer/")[2],
    }


def _target_group(inputs: Values, identity: Identity, region: str) -> Values:
    return {"arnSuffix": identity.arn.rpartition(":")[2]}


def _cluster(inputs: Values, identity: Identity, region: str) -> Values:
    digits = secrets.token_hex(16).upper()
    return {
        "endpoint": f"https://{digits}.gr7.{region}.eks.amazonaws.com",
        "certificateAuthority": {"data": base64.b64encode(b"pretended").decode()},
        "vpcConfig": {**inputs["vpcConfig"], "clusterSecurityGroupId": f"sg-0{secrets.token_hex(8)}"},
        "status": "ACTIVE",
    }


def _repository(inputs: Values, identity: Identity, region: str) -> Values:
    return {"repositoryUrl": f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/{identity.name}"}


def _certificate(inputs: Values, identity: Identity, region: str) -> Values:
    domains = dict.fromkeys([inputs.get("domainName"), *(inputs.get("subjectAlternativeNames") or [])])
    records = [
        {
            "domainName": domain,
            "resourceRecordName": f"_pretended.{str(domain).removeprefix('*.')}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": "_pretended.acm-validations.aws.",
        }
        for domain in domains
    ]
    return {"domainValidationOptions": records, "status": "ISSUED"}


def _vpc(inputs: Values, identity: Identity, region: str) -> Values:
    table = f"rtb-0{secrets.token_hex(8)}"
    return {
        "defaultSecurityGroupId": f"sg-0{secrets.token_hex(8)}",
        "defaultNetworkAclId": f"acl-0{secrets.token_hex(8)}",
        "defaultRouteTableId": table,
        "mainRouteTableId": table,
    }


def _role(inputs: Values, identity: Identity, region: str) -> Values:
    return {"uniqueId": f"AROA{secrets.token_hex(8).upper()}"}


def _bucket(inputs: Values, identity: Identity, region: str) -> Values:
    return {
        "bucketDomainName": f"{identity.name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{identity.name}.s3.{region}.amazonaws.com",
    }


def _endpoint(inputs: Values, identity: Identity, region: str) -> Values:
    return {"prefixListId": f"pl-{secrets.token_hex(4)}", "state": "available"}


def _record(inputs: Values, identity: Identity, region: str) -> Values:
    return {"fqdn": inputs.get("name")}


def _launch_template(inputs: Values, identity: Identity, region: str) -> Values:
    return {"latestVersion": 1, "defaultVersion": 1}


def _secret_version(inputs: Values, identity: Identity, region: str) -> Values:
    return {"secretArn": inputs["secretId"], "versionId": secrets.token_hex(16)}


def _accelerator(inputs: Values, identity: Identity, region: str) -> Values:
    return {
        "dnsName": f"a{secrets.token_hex(8)}.awsglobalaccelerator.com",
        "hostedZoneId": "ZPRETENDEDACCELERATOR",
        "ipSets": [{"ipFamily": "IPv4", "ipAddresses": [nowhere.address(), nowhere.address()]}],
    }


_SPECIAL: dict[str, Callable[[Values, Identity, str], dict[str, Value]]] = {
    "aws:acm/certificate:Certificate": _certificate,
    "aws:ec2/launchTemplate:LaunchTemplate": _launch_template,
    "aws:ec2/vpc:Vpc": _vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:ecr/repository:Repository": _repository,
    "aws:eks/cluster:Cluster": _cluster,
    "aws:globalaccelerator/accelerator:Accelerator": _accelerator,
    "aws:iam/role:Role": _role,
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:lb/targetGroup:TargetGroup": _target_group,
    "aws:route53/record:Record": _record,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:secretsmanager/secretVersion:SecretVersion": _secret_version,
}
