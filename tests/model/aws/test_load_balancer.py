"""Settings of the load balancer and the network, and what is derived from them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from model.aws import load_balancer, network
from model.aws.load_balancer import LoadBalancer, health_check
from model.aws.network import Network
from model.refusal import sentences
from model.service import Health
from model.setting import Setting

VPC, SUBNET = "vpc-0123456789abcdef0", "subnet-0123456789abcdef0"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
API = LoadBalancer(domain="api.example.com", zone="example.com")


def refused(model: type[Setting], values: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json(json.dumps(values))
    (line,) = sentences(caught.value, model, "slipway:regions.eu.")
    return line


@pytest.mark.parametrize(
    ("model", "values", "words"),
    [
        (LoadBalancer, {"domain": "api.example.com"}, ["`domain` and `zone` together"]),
        (LoadBalancer, {"zone": "example.com"}, ["`domain` and `zone` together"]),
        (
            LoadBalancer,
            {"domain": "apiexample.com", "zone": "example.com"},
            ["apiexample.com", "not in the zone example.com"],
        ),
        (LoadBalancer, {"domain": "https://api", "zone": "example.com"}, ["domain", "https://api"]),
        (
            LoadBalancer,
            {"domain": "api.example.com", "zone": "example.com", "names": ["example.org"]},
            ["example.org", "not in the zone example.com"],
        ),
        (
            LoadBalancer,
            {"domain": "a.example.com", "zone": "example.com", "names": ["a.example.com"]},
            ["a domain twice"],
        ),
        (LoadBalancer, {"names": ["a.example.com"]}, ["no `domain` and `zone`"]),
        (LoadBalancer, {"zoneId": "Z1"}, ["no `domain` and `zone`"]),
        (LoadBalancer, {"certificate": CERTIFICATE}, ["no `domain` that it is for"]),
        (
            LoadBalancer,
            {"domain": "a.example.com", "certificate": "arn:aws:iam::1:server-certificate/x"},
            ["certificate is"],
        ),
        (LoadBalancer, {"wafExcept": ["NoUserAgent"]}, ["NoUserAgent", "is no rule", "NoUserAgent_HEADER"]),
        (LoadBalancer, {"waf": False, "wafLogDays": 30}, ["with `waf: false`"]),
        (LoadBalancer, {"stickiness": 604801}, ["stickiness is 604801"]),
        (LoadBalancer, {"slowStart": 10}, ["slowStart", "10", "neither 0 nor 30 to 900"]),
        (LoadBalancer, {"alarmEmail": "nobody"}, ["alarmEmail", "nobody"]),
        (LoadBalancer, {"logDays": 0}, ["logDays", "0"]),
        (Network, {}, ["needs `range`", "`vpc`"]),
        (Network, {"range": "10.20.0.0/16", "privateSubnets": [SUBNET]}, ["without their `vpc`"]),
        (Network, {"vpc": VPC}, ["no privateSubnets"]),
        (Network, {"vpc": VPC, "range": "10.20.0.0/16", "flowLogDays": 30}, ["whose range, flowLogDays"]),
        (
            Network,
            {"vpc": VPC, "privateSubnets": [SUBNET], "publicSubnets": [SUBNET]},
            ["names a subnet twice"],
        ),
        (Network, {"vpc": "vpc-1", "privateSubnets": [SUBNET]}, ["vpc is 'vpc-1'"]),
        (
            Network,
            {"vpc": VPC, "privateSubnets": [SUBNET], "securityGroups": ["sg-01234567"] * 5},
            ["at most 4 items"],
        ),
        (Network, {"range": "10.20.1.0/16"}, ["range ('10.20.1.0/16')", "write 10.20.0.0/16"]),
        (Network, {"range": "10.20.0.0/16", "zones": 1}, ["zones is 1", "greater than or equal to 2"]),
        (Network, {"range": "10.20.0.0/16", "zones": 5}, ["zones is 5", "less than or equal to 4"]),
        (Network, {"range": "10.20.0.0/16", "gateways": "none"}, ["gateways", "'perZone' or 'single'"]),
        (Network, {"range": "10.20.0.0/16", "flowLogDays": 31}, ["flowLogDays is 31", "30", "60"]),
    ],
)
def test_a_mistake_is_refused_with_its_key_its_value_and_what_is_allowed(
    model: type[Setting], values: dict[str, Any], words: list[str]
) -> None:
    line = refused(model, values)
    assert all(word in line for word in words), line


def test_a_domain_may_be_the_zone_itself() -> None:
    assert LoadBalancer(domain="example.com", zone="example.com").domain == "example.com"


def test_slow_start_excludes_least_outstanding_requests() -> None:
    assert LoadBalancer().algorithm == "least_outstanding_requests"
    assert LoadBalancer.model_validate({"slowStart": 30}).algorithm == "round_robin"


@pytest.mark.parametrize(
    ("waf", "protected", "filters"),
    [(None, True, True), (None, False, False), (True, False, True), (False, True, False)],
)
def test_requests_are_filtered_when_protected_unless_told_otherwise(
    waf: bool | None, protected: bool, filters: bool
) -> None:
    assert LoadBalancer(waf=waf).filters(protected) is filters


@given(st.floats(min_value=0.001, max_value=3600))
def test_health_checks_stay_within_what_aws_allows(timeout: float) -> None:
    check = health_check(Health(timeout=timeout))
    assert 2 <= check.timeout <= 120
    assert 5 <= check.interval <= 300
    assert check.interval > check.timeout, "AWS refuses a timeout that is not shorter than the interval"
    assert check.timeout >= min(timeout, 120), "an answer that the service may take long for is waited for"
    assert check.until_healthy >= check.interval * check.healthy


def test_the_default_health_check_takes_a_host_out_within_twenty_seconds() -> None:
    check = health_check(Health())
    assert check.interval * check.unhealthy <= 20


def test_a_protected_stack_refuses_plain_http_in_every_region() -> None:
    lines = load_balancer.refusals({"eu": LoadBalancer(), "us": API}, protected=True)
    assert len(lines) == 1
    assert "slipway:regions.eu.loadBalancer.domain is not set" in lines[0]
    assert load_balancer.refusals({"eu": LoadBalancer()}, protected=False) == []


def test_one_domain_cannot_be_two_regions() -> None:
    both = {"eu": API, "us": API}
    assert load_balancer.refusals(both, protected=True) == [
        "slipway:regions.us.loadBalancer.domain is api.example.com, which is eu's already; give each region its own."
    ]


def test_a_certificate_of_another_region_and_a_name_of_another_balancer_are_refused() -> None:
    other = LoadBalancer(domain="eu.example.com", zone="example.com", names=("api.example.com",))
    elsewhere = LoadBalancer(domain="us.example.com", certificate=CERTIFICATE)
    said = load_balancer.refusals({"eu-central-1": API, "us-east-1": other, "us-west-2": elsewhere}, True)
    assert len(said) == 2
    assert "us-east-1.loadBalancer.domain is api.example.com, which is eu-central-1's" in said[0]
    assert "us-west-2.loadBalancer.certificate is of us-east-1" in said[1]


def test_a_front_door_leads_to_what_everybody_reaches() -> None:
    closed = {"a": LoadBalancer(internal=True), "b": LoadBalancer(accept=("198.51.100.0/24",))}
    assert len(load_balancer.behind_a_door(closed, "example.com")) == 2
    named = LoadBalancer(domain="eu.example.com", zone="example.com", names=("example.com",))
    (said,) = load_balancer.behind_a_door({"a": named}, "example.com")
    assert "leave it to the front door" in said
    there = LoadBalancer(domain="eu.example.com", certificate=CERTIFICATE)
    (said,) = load_balancer.behind_a_door({"a": there}, "example.com")
    assert "valid for slipway:frontDoor.name" in said
    assert load_balancer.behind_a_door({"a": API}, "example.com") == []


@pytest.mark.parametrize(
    ("public", "internal", "bastion", "words"),
    [
        (2, False, True, []),
        (1, False, False, ["publicSubnets has 1"]),
        (0, True, True, ["privateSubnets has 1", "none for the bastion"]),
    ],
)
def test_what_a_network_that_is_there_lacks_is_refused(
    public: int, internal: bool, bastion: bool, words: list[str]
) -> None:
    subnets = tuple(f"subnet-1123456789abcdef{each}" for each in range(public))
    there = Network.model_validate({"vpc": VPC, "privateSubnets": (SUBNET,), "publicSubnets": subnets})
    said = network.refusals("slipway:regions.eu", there, internal=internal, bastion=bastion)
    assert len(said) == len(words) and all(word in line for word, line in zip(words, said, strict=True)), said
