"""An account's quotas, as botocore knows the answers, and what follows for a stack. Nothing is asked of AWS."""

from __future__ import annotations

import io
import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from model.aws.quotas import RIGHTS, Needs, Span
from quotas import __main__ as command
from quotas.account import Account
from quotas.shortage import FAMILIES, shortages

OWNER = {"project": "slipway", "stack": "prod"}
OURS = [{"Key": key, "Value": value} for key, value in OWNER.items()]
OTHERS = [{"Key": "project", "Value": "slipway"}, {"Key": "stack", "Value": "dev"}]
RUNNING = {"Filters": [{"Name": "instance-state-name", "Values": ["pending", "running"]}]}
BALANCERS = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app"


class Told:
    """boto3's clients, told what to answer in this order; any other question fails."""

    def __init__(self) -> None:
        self._clients = {
            each: boto3.client(
                each, region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
            )
            for each in ("ec2", "elbv2", "service-quotas")
        }
        self._stubs = {each: Stubber(client) for each, client in self._clients.items()}
        for stub in self._stubs.values():
            stub.activate()

    def __call__(self, service: str) -> Any:
        return self._clients[service]

    def quota(self, service: str, code: str, value: float, *, default: bool = False) -> None:
        asked, stub = {"ServiceCode": service, "QuotaCode": code}, self._stubs["service-quotas"]
        told = {"Quota": {"QuotaCode": code, "Value": value}}
        if default:
            stub.add_client_error("get_service_quota", "NoSuchResourceException", expected_params=asked)
        stub.add_response("get_aws_default_service_quota" if default else "get_service_quota", told, asked)

    def refuses(self, service: str, code: str) -> None:
        asked = {"ServiceCode": service, "QuotaCode": code}
        self._stubs["service-quotas"].add_client_error(
            "get_service_quota", "AccessDeniedException", "not allowed", expected_params=asked
        )

    def says(self, service: str, call: str, told: dict[str, Any], asked: dict[str, Any]) -> None:
        self._stubs[service].add_response(call, told, asked)

    def machines(self, *machines: dict[str, Any]) -> None:
        self.says("ec2", "describe_instances", {"Reservations": [{"Instances": list(machines)}]}, RUNNING)

    def all_asked(self) -> None:
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()


def types(told: Told, **processors: int) -> None:
    named = {name.replace("_", "."): count for name, count in processors.items()}
    found = [{"InstanceType": name, "VCpuInfo": {"DefaultVCpus": count}} for name, count in named.items()]
    told.says("ec2", "describe_instance_types", {"InstanceTypes": found}, {"InstanceTypes": sorted(named)})


def machine(type: str, tags: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    return {"InstanceType": type, "Tags": tags, **more}


def short(told: Told, needs: Needs) -> list[dict[str, Any]]:
    found = [each.told for each in shortages(Account(told, OWNER), needs.told)]
    told.all_asked()
    return found


def test_machines_are_counted_by_the_families_that_share_a_quota_and_the_stacks_own_are_not_others() -> None:
    told = Told()
    types(told, g6_xlarge=4, m7g_large=2, t4g_nano=2)
    told.quota("ec2", "L-DB2E81BA", 8)
    told.machines()
    told.quota("ec2", "L-1216C47A", 16)
    told.machines(
        machine("m7g.large", OURS),
        machine("c7i.xlarge", OTHERS),
        machine("m5.large", OTHERS, InstanceLifecycle="spot"),
        machine("g6.xlarge", OTHERS),
        machine("t3.micro", []),
    )
    types(told, c7i_xlarge=4, t3_micro=2)
    instances = {
        "m7g.large": Span(least=3, most=6),
        "t4g.nano": Span(least=1, most=2),
        "g6.xlarge": Span(least=1, most=2),
    }
    assert short(told, Needs(instances=instances, balancers=0)) == [
        {
            "what": "vCPUs of standard (A, C, D, H, I, M, R, T, Z) On-Demand instances",
            "service": "ec2",
            "code": "L-1216C47A",
            "allowed": 16,
            "others": 6,
            "least": 8,
            "most": 16,
        }
    ]


def test_spot_has_a_quota_of_its_own_and_aws_default_holds_where_nobody_asked_for_another() -> None:
    told = Told()
    types(told, m7g_large=2)
    told.quota("ec2", "L-34B43A08", 5, default=True)
    told.machines(machine("m7g.large", OTHERS), machine("m7g.large", OTHERS, InstanceLifecycle="spot"))
    types(told, m7g_large=2)
    (found,) = short(told, Needs(spot={"m7g.large": Span(least=2, most=3)}, balancers=0))
    assert (found["code"], found["allowed"], found["others"], found["least"]) == ("L-34B43A08", 5, 2, 4)


def test_addresses_networks_and_load_balancers_of_others_are_counted() -> None:
    told = Told()
    told.quota("ec2", "L-0263D0A3", 5)
    told.says("ec2", "describe_addresses", {"Addresses": [{"Tags": OURS}, {"Tags": OTHERS}, {}]}, {})
    told.quota("vpc", "L-F678F1CE", 5)
    told.says("ec2", "describe_vpcs", {"Vpcs": [{"Tags": OURS}, *[{} for _ in range(5)]]}, {})
    told.quota("elasticloadbalancing", "L-53DA6B97", 2)
    arns = [f"{BALANCERS}/{name}/0123456789abcdef" for name in ("own", "other", "third")]
    kinds = [{"LoadBalancerArn": arn, "Type": "application"} for arn in arns]
    network = {"LoadBalancerArn": f"{BALANCERS}/net/0123456789abcdef", "Type": "network"}
    told.says("elbv2", "describe_load_balancers", {"LoadBalancers": [*kinds, network]}, {})
    tags = [
        {"ResourceArn": arn, "Tags": tags} for arn, tags in zip(arns, (OURS, OTHERS, OTHERS), strict=True)
    ]
    told.says("elbv2", "describe_tags", {"TagDescriptions": tags}, {"ResourceArns": arns})
    found = short(told, Needs(addresses=4, networks=1, balancers=1))
    assert [(each["code"], each["allowed"], each["others"], each["least"]) for each in found] == [
        ("L-0263D0A3", 5, 2, 4),
        ("L-F678F1CE", 5, 5, 1),
        ("L-53DA6B97", 2, 2, 1),
    ]


def test_what_fits_is_not_told() -> None:
    told = Told()
    types(told, m7g_large=2)
    told.quota("ec2", "L-1216C47A", 12)
    told.machines(machine("m7g.large", OURS))
    assert short(told, Needs(instances={"m7g.large": Span(least=3, most=6)}, balancers=0)) == []


def test_each_type_is_counted_in_one_family_at_the_most() -> None:
    kinds = [
        "m7g.large",
        "c8gn.large",
        "t4g.nano",
        "r7i.large",
        "i4i.large",
        "im4gn.large",
        "x2gd.large",
        "p5.48xlarge",
    ]
    counted = {
        kind: [each.what for each in FAMILIES if each.counts(kind)]
        for kind in [*kinds, "g6.large", "gr6.4xlarge"]
    }
    assert counted.pop("x2gd.large") == counted.pop("p5.48xlarge") == []
    assert counted.pop("g6.large") == counted.pop("gr6.4xlarge") == ["G and VT"]
    assert all(each == ["standard (A, C, D, H, I, M, R, T, Z)"] for each in counted.values())


def asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], client: Any) -> dict[str, Any]:
    wanted = {"eu-central-1": {"owner": OWNER, "needs": Needs(addresses=4, balancers=0).told}}
    monkeypatch.setattr(boto3, "client", client)
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(wanted)))
    assert command.main() == 0
    return json.loads(capsys.readouterr().out)["eu-central-1"]


def test_who_may_not_ask_is_told_why_and_nothing_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Told()
    told.refuses("ec2", "L-0263D0A3")
    found = asked(monkeypatch, capsys, lambda service, **more: told(service))
    assert set(found) == {"unasked"} and "AccessDeniedException" in found["unasked"]


def test_a_network_without_a_way_there_is_given_up_soon(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(service: str, region_name: str, config: Any) -> Any:
        assert (config.connect_timeout, config.retries["total_max_attempts"]) == (3, 2)
        raise EndpointConnectionError(endpoint_url=f"https://{service}.{region_name}.amazonaws.com")

    assert "Could not connect" in asked(monkeypatch, capsys, away)["unasked"]


def test_every_call_is_among_the_rights_that_are_named() -> None:
    """By the names of the calls above, which the stubs hold to."""
    assert {each.split(":")[1] for each in RIGHTS} == {
        "GetServiceQuota",
        "GetAWSDefaultServiceQuota",
        "DescribeAddresses",
        "DescribeInstances",
        "DescribeInstanceTypes",
        "DescribeVpcs",
        "DescribeLoadBalancers",
        "DescribeTags",
    }
