"""AWS's look-ups: answered from moto's data where that has them, made up and marked so where not, refused otherwise."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from plugins.aws import catalogue
from plugins.aws.identity import ACCOUNT
from plugins.provider import ProviderError
from plugins.values import Values

ARCHITECTURES = {"arm64": "arm64", "amd64": "x86_64", "x86_64": "x86_64"}
"""Words in images' names -> AWS's name of the architecture."""


def answer(token: str, args: Values, region: str) -> Values:
    """The result of one look-up in a region. Raises ProviderError."""
    found = LOOKUPS.get(token)
    if found is None:
        known = ", ".join(sorted(LOOKUPS))
        raise ProviderError(f"this look-up is not pretended; those that are: {known}")
    return found({name: value for name, value in args.items() if value is not None}, region)


def image_id(region: str, name: str) -> str:
    """The made-up id of an image by its name: the same in every run, another one in each region."""
    return f"ami-0{hashlib.sha256(f'{region} {name}'.encode()).hexdigest()[:16]}"


def _zones(args: Values, region: str) -> Values:
    left_out = {*args.get("excludeNames", [])}
    names = [name for name in catalogue.zones(region) if name not in left_out]
    return {"id": region, "names": names, "zoneIds": [], "groupNames": [region], "region": region}


def _instance_type(args: Values, region: str) -> Values:
    name = args["instanceType"]
    told = catalogue.instance_type(name)
    if not catalogue.zones_with(name, region):
        raise ProviderError(f"the instance type {name} cannot be had in {region}")
    return {
        "id": name,
        "instanceType": name,
        "region": region,
        "supportedArchitectures": told["ProcessorInfo"]["SupportedArchitectures"],
        "currentGeneration": told["CurrentGeneration"],
        "burstablePerformanceSupported": told["BurstablePerformanceSupported"],
        "autoRecoverySupported": told["AutoRecoverySupported"],
        "bareMetal": told["BareMetal"],
        "hypervisor": told.get("Hypervisor"),
        "defaultVcpus": told["VCpuInfo"]["DefaultVCpus"],
        "memorySize": told["MemoryInfo"]["SizeInMiB"],
    }


def _offerings(args: Values, region: str) -> Values:
    wanted = _filters(args)
    types = wanted.get("instance-type", [])
    if not types or args.get("locationType") != "availability-zone":
        raise ProviderError("pretended only with the filter instance-type and locationType availability-zone")
    pairs = [(type, zone) for type in types for zone in catalogue.zones_with(type, region)]
    pairs = [pair for pair in pairs if pair[1] in wanted.get("location", [pair[1]])]
    return {
        "id": region,
        "region": region,
        "instanceTypes": [type for type, _ in pairs],
        "locations": [zone for _, zone in pairs],
        "locationTypes": ["availability-zone" for _ in pairs],
    }


def _image(args: Values, region: str) -> Values:
    wanted = _filters(args)
    if ids := wanted.get("image-id"):
        known = {
            image_id(region, name): name for name in (f"debian-13-{each}-mine" for each in ("arm64", "amd64"))
        }
        if ids[0] not in known:
            raise ProviderError(f"nothing is known of the image {ids[0]} in a pretended cloud")
        wanted["name"] = [known[ids[0]]]
    pattern = next(iter(wanted.get("name", [])), None)
    if pattern is None:
        raise ProviderError("an image is pretended only when it is looked for by the filter `name`")
    name = pattern.replace("*", "pretended")
    architectures = wanted.get("architecture") or [
        architecture for word, architecture in ARCHITECTURES.items() if word in name
    ]
    if not architectures:
        raise ProviderError(
            f"the image name {pattern} does not tell its architecture; add the filter `architecture`"
        )
    id = image_id(region, name)
    return {
        "id": id,
        "imageId": id,
        "name": name,
        "architecture": architectures[0],
        "ownerId": next(iter(args.get("owners", [])), ACCOUNT),
        "arn": f"arn:aws:ec2:{region}::image/{id}",
        "creationDate": "2026-01-01T00:00:00.000Z",
        "deprecationTime": "2028-01-01T00:00:00.000Z",
        "description": "pretended: no such image exists",
        "rootDeviceName": "/dev/xvda",
        "rootDeviceType": "ebs",
        "virtualizationType": "hvm",
        "state": "available",
        "public": True,
        "region": region,
    }


def _caller(args: Values, region: str) -> Values:
    arn = f"arn:aws:iam::{ACCOUNT}:user/pretended"
    return {"id": ACCOUNT, "accountId": ACCOUNT, "arn": arn, "userId": "AIDAPRETENDED"}


def _region(args: Values, region: str) -> Values:
    return {
        "id": region,
        "region": region,
        "name": region,
        "description": region,
        "endpoint": f"ec2.{region}.amazonaws.com",
    }


def _partition(args: Values, region: str) -> Values:
    return {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }


def _zone(args: Values, region: str) -> Values:
    # One that is asked for by its id is taken for the zone that rehearsed stacks have.
    name = str(args.get("name", "example.com")).rstrip(".")
    id = args.get("zoneId") or "Z0" + hashlib.sha256(name.encode()).hexdigest()[:18].upper()
    private = bool(args.get("privateZone"))
    return {
        "id": id,
        "zoneId": id,
        "name": name,
        "privateZone": private,
        "arn": f"arn:aws:route53:::hostedzone/{id}",
    }


def _policy(args: Values, region: str) -> Values:
    document = {
        "Version": args.get("version", "2012-10-17"),
        **({"Id": args["policyId"]} if "policyId" in args else {}),
        "Statement": [_statement(statement) for statement in args.get("statements", [])],
    }
    text = json.dumps(document, indent=2)
    return {
        "id": hashlib.sha256(text.encode()).hexdigest()[:10],
        "json": text,
        "minifiedJson": json.dumps(document, separators=(",", ":")),
    }


def _statement(given: Values) -> Values:
    told: Values = {"Sid": given["sid"]} if given.get("sid") else {}
    told["Effect"] = given.get("effect") or "Allow"
    for key in ("actions", "notActions", "resources", "notResources"):
        if given.get(key):
            told[f"{key[0].upper()}{key[1:-1]}"] = _one_or_all(given[key])
    for key in ("principals", "notPrincipals"):
        if given.get(key):
            told[f"{key[0].upper()}{key[1:-1]}"] = {
                each["type"]: _one_or_all(each["identifiers"]) for each in given[key]
            }
    conditions: dict[str, Values] = {}
    for each in given.get("conditions") or []:
        conditions.setdefault(each["test"], {})[each["variable"]] = _one_or_all(each["values"])
    return {**told, "Condition": conditions} if conditions else told


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _filters(args: Values) -> dict[str, list[str]]:
    return {each["name"]: each["values"] for each in args.get("filters", [])}


def _vpc(args: Values, region: str) -> Values:
    id = args["id"]
    return {"id": id, "region": region, "enableDnsSupport": True, "enableDnsHostnames": True}


def _subnet(args: Values, region: str) -> Values:
    """In the zone of its id's last digit."""
    zones = catalogue.zones(region)
    zone = zones[int(args["id"][-1], 16) % len(zones)]
    return {"id": args["id"], "region": region, "availabilityZone": zone}


def _inside(kind: str) -> Callable[[Values, str], Values]:
    """All that a network has of a kind: one for each last digit of the network's own id."""

    def found(args: Values, region: str) -> Values:
        (vpc,) = _filters(args)["vpc-id"]
        ids = [f"{kind}-{vpc.removeprefix('vpc-')[:-1]}{digit:x}" for digit in range(16)]
        return {"id": region, "region": region, "ids": ids}

    return found


LOOKUPS: dict[str, Callable[[Values, str], Values]] = {
    "aws:ec2/getAmi:getAmi": _image,
    "aws:ec2/getInstanceType:getInstanceType": _instance_type,
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": _offerings,
    "aws:ec2/getSecurityGroups:getSecurityGroups": _inside("sg"),
    "aws:ec2/getSubnet:getSubnet": _subnet,
    "aws:ec2/getSubnets:getSubnets": _inside("subnet"),
    "aws:ec2/getVpc:getVpc": _vpc,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:route53/getZone:getZone": _zone,
}
