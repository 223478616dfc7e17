"""Settings of the load balancer and the network, and what is derived from them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from model.aws import load_balancer
from model.aws.load_balancer import LoadBalancer, health_check
from model.aws.network import Network
from model.refusal import sentences
from model.service import Health
from model.setting import Setting

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
        (LoadBalancer, {"slowStart": 10}, ["slowStart", "10", "neither 0 nor 30 to 900"]),
        (LoadBalancer, {"alarmEmail": "nobody"}, ["alarmEmail", "nobody"]),
        (LoadBalancer, {"logDays": 0}, ["logDays", "0"]),
        (Network, {}, ["range is not set"]),
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
