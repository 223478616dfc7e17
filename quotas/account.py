"""What an account may have in a region, and what others have of it already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

MOST_DESCRIBED = 20
"""Load balancers whose tags are told at once (DescribeTags, API reference)."""


class Account:
    """`client` gives boto3's by the service's name, for one region. What has all tags of `owner` is not others'.

    All methods raise BotoCoreError or ClientError where AWS does not answer.
    """

    def __init__(self, client: Callable[[str], Any], owner: Mapping[str, str]) -> None:
        self._client, self._owner = client, owner

    def allowed(self, service: str, code: str) -> float:
        """The quota as it applies to the account; AWS's default where nobody has asked for another."""
        quotas = self._client("service-quotas")
        asked = {"ServiceCode": service, "QuotaCode": code}
        try:
            found = quotas.get_service_quota(**asked)
        except quotas.exceptions.NoSuchResourceException:
            found = quotas.get_aws_default_service_quota(**asked)
        return float(found["Quota"]["Value"])

    def processors(self, types: list[str]) -> dict[str, int]:
        """vCPUs of one machine, by type."""
        pages = self._client("ec2").get_paginator("describe_instance_types").paginate(InstanceTypes=types)
        return {
            each["InstanceType"]: int(each["VCpuInfo"]["DefaultVCpus"])
            for page in pages
            for each in page["InstanceTypes"]
        }

    def running(self, counts: Callable[[str], bool], *, spot: bool) -> int:
        """vCPUs of others' machines whose type `counts`."""
        kept = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        pages = self._client("ec2").get_paginator("describe_instances").paginate(Filters=kept)
        types = [
            each["InstanceType"]
            for page in pages
            for reservation in page["Reservations"]
            for each in self._others(reservation["Instances"])
            if counts(each["InstanceType"]) and (each.get("InstanceLifecycle") == "spot") == spot
        ]
        # By its type, since not every machine tells how many it has.
        size = self.processors(sorted(set(types))) if types else {}
        return sum(size[each] for each in types)

    def addresses(self) -> int:
        """Others' Elastic IPs."""
        return len(list(self._others(self._client("ec2").describe_addresses()["Addresses"])))

    def networks(self) -> int:
        """Others' networks, among them the default one."""
        pages = self._client("ec2").get_paginator("describe_vpcs").paginate()
        return len([each for page in pages for each in self._others(page["Vpcs"])])

    def balancers(self) -> int:
        """Others' Application Load Balancers."""
        client = self._client("elbv2")
        pages = client.get_paginator("describe_load_balancers").paginate()
        arns = [
            each["LoadBalancerArn"]
            for page in pages
            for each in page["LoadBalancers"]
            if each["Type"] == "application"
        ]
        some = [arns[at : at + MOST_DESCRIBED] for at in range(0, len(arns), MOST_DESCRIBED)]
        told = [each for few in some for each in client.describe_tags(ResourceArns=few)["TagDescriptions"]]
        return len(list(self._others(told)))

    def _others(self, found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for each in found:
            tags = {tag["Key"]: tag["Value"] for tag in each.get("Tags", ())}
            if any(tags.get(key) != value for key, value in self._owner.items()):
                yield each
