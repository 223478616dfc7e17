"""The same questions to moto, which keeps what is made: whose is what, over its own pages. It counts no quotas of EC2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from quotas.account import Account

TAGS = [{"Key": "project", "Value": "slipway"}, {"Key": "stack", "Value": "prod"}]
REGION = "eu-central-1"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        yield lambda service: boto3.client(service, region_name=REGION)


@pytest.fixture
def account(client: Any) -> Account:
    return Account(client, {each["Key"]: each["Value"] for each in TAGS})


def tagged(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": TAGS}]


def test_networks_and_addresses_of_others_are_counted_and_the_stacks_own_are_not(
    client: Any, account: Account
) -> None:
    ec2 = client("ec2")
    assert (account.networks(), account.addresses()) == (1, 0), "an account has a default network"
    ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc"))
    ec2.create_vpc(CidrBlock="10.1.0.0/16")
    ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip"))
    ec2.allocate_address(Domain="vpc")
    assert (account.networks(), account.addresses()) == (2, 1)


def test_load_balancers_of_other_kinds_are_not_counted(client: Any, account: Account) -> None:
    subnets = [each["SubnetId"] for each in client("ec2").describe_subnets()["Subnets"]][:2]
    balancers = client("elbv2")
    balancers.create_load_balancer(Name="own", Subnets=subnets, Tags=TAGS)
    balancers.create_load_balancer(Name="network", Subnets=subnets, Type="network")
    assert account.balancers() == 0
    for number in range(21):  # more than tags are told of at once
        balancers.create_load_balancer(Name=f"other-{number}", Subnets=subnets)
    assert account.balancers() == 21


def test_machines_count_by_their_type_while_they_run(client: Any, account: Account) -> None:
    ec2 = client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]

    def run(type: str, count: int, **more: Any) -> list[str]:
        made = ec2.run_instances(ImageId=image, InstanceType=type, MinCount=count, MaxCount=count, **more)
        return [each["InstanceId"] for each in made["Instances"]]

    run("m7g.xlarge", 1, TagSpecifications=tagged("instance"))
    stopped = run("m7g.xlarge", 1)
    run("m7g.large", 2)
    run("t4g.nano", 1)
    ec2.stop_instances(InstanceIds=stopped)
    assert account.running(lambda type: True, spot=False) == 2 * 2 + 2
    assert account.running(lambda type: type == "t4g.nano", spot=False) == 2
    assert account.running(lambda type: True, spot=True) == 0


def test_a_quota_that_was_raised_or_not_is_read(account: Account) -> None:
    assert account.allowed("vpc", "L-F678F1CE") == 5
