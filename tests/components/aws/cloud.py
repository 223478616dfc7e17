"""What a cloud would answer to the network's and load balancer's look-ups, in as far as their tests depend on it."""

from typing import Any

from tests.components.recording import Answer

ACCOUNT = "123456789012"


def _offers(args: dict[str, Any]) -> list[tuple[str, str]]:
    (filter,) = args["filters"]
    assert (args["locationType"], filter["name"]) == ("availability-zone", "instance-type")
    return [
        (type, f"eu-central-1{zone}")
        for type in filter["values"]
        for zone in ("abc" if type == "t4g.nano" else "cb")
    ]


LOOK_UPS: dict[str, Answer] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": lambda _: {
        # Not in order, as AWS gives no promise of one.
        "names": ["eu-central-1c", "eu-central-1a", "eu-central-1b"],
        "region": "eu-central-1",
    },
    "aws:index/getRegion:getRegion": lambda _: {"region": "eu-central-1"},
    "aws:index/getCallerIdentity:getCallerIdentity": lambda _: {
        "accountId": ACCOUNT,
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/ci",
    },
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": lambda args: {
        # One type is everywhere, every other one in two zones.
        "locations": [zone for _, zone in _offers(args)],
        "instanceTypes": [type for type, _ in _offers(args)],
    },
    "aws:route53/getZone:getZone": lambda args: {
        "zoneId": args.get("zoneId", f"zone of {args.get('name')}"),
        "name": args.get("name") or ("elsewhere.example" if "ELSE" in args["zoneId"] else "example.com."),
        "privateZone": "PRIVATE" in args.get("zoneId", ""),
    },
}


def _with_arn(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"arn": f"arn:{inputs['name']}"}


MADE: dict[str, Answer] = {
    "aws:cloudwatch/logGroup:LogGroup": _with_arn,
    "aws:iam/role:Role": _with_arn,
    "aws:sns/topic:Topic": _with_arn,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _with_arn,
    "aws:s3/bucket:Bucket": lambda inputs: {"arn": f"arn:{inputs['name']}", "bucket": inputs["name"]},
    "aws:lb/targetGroup:TargetGroup": lambda inputs: {
        "arn": f"arn:{inputs['name']}",
        "arnSuffix": f"targetgroup/{inputs['name']}",
    },
    "aws:lb/loadBalancer:LoadBalancer": lambda inputs: {
        "arn": f"arn:{inputs['name']}",
        "arnSuffix": f"app/{inputs['name']}",
        "name": f"{inputs['name']}-1a2b3c4",
        "dnsName": f"{inputs['name']}.elb.amazonaws.com",
        "zoneId": "zone of load balancers",
    },
    "aws:wafv2/webAcl:WebAcl": _with_arn,
    "aws:acm/certificate:Certificate": lambda inputs: {
        "arn": f"arn:{inputs['domainName']}",
        "domainValidationOptions": [
            {
                "domainName": domain,
                "resourceRecordName": f"_proof.{domain}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": "_proof.acm-validations.aws.",
            }
            # In no order that one could count on.
            for domain in [*inputs.get("subjectAlternativeNames", []), inputs["domainName"]]
        ],
    },
    "aws:acm/certificateValidation:CertificateValidation": lambda inputs: {
        "certificateArn": inputs["certificateArn"]
    },
    "aws:route53/zone:Zone": lambda inputs: {
        "zoneId": f"made zone of {inputs['name']}",
        "nameServers": ["ns-1.awsdns-01.org", "ns-2.awsdns-02.com"],
    },
    "aws:globalaccelerator/accelerator:Accelerator": lambda inputs: {
        "arn": f"arn:{inputs['name']}",
        "dnsName": f"{inputs['name']}.awsglobalaccelerator.com",
        "hostedZoneId": "zone of accelerators",
    },
    "aws:eks/cluster:Cluster": lambda inputs: {
        "endpoint": f"https://{inputs['name']}.eks.amazonaws.com",
        "certificateAuthority": {"data": "QUFB"},
        "vpcConfig": {**inputs["vpcConfig"], "clusterSecurityGroupId": f"sg of {inputs['name']}"},
    },
    "aws:kms/key:Key": _with_arn,
    "aws:globalaccelerator/listener:Listener": lambda _: {"arn": "arn:listener"},
    "aws:route53/record:Record": lambda inputs: {"fqdn": inputs["name"].removesuffix(".")},
}
"""What resources get to know when they are made, by type."""
