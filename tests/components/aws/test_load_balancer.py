"""What a region's load balancer asks of the engine. That AWS then serves users is beyond mocks."""

from collections import Counter

import pytest

from plugins.aws import schema
from tests.components.aws.balancers import PROD, balanced
from tests.components.recording import Recording

BALANCER, GROUP = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup"
LISTENER, RECORD = "aws:lb/listener:Listener", "aws:route53/record:Record"


def kinds(recording: Recording) -> dict[str, int]:
    """AWS resources under the load balancer."""
    return Counter(
        each.type.split(":")[-1]
        for each in recording.registered
        if each.type.startswith("aws:") and "slipway:index:LoadBalancer" in each.parent
    )


ALWAYS = {
    "LoadBalancer": 1, "TargetGroup": 1, "Bucket": 1, "BucketOwnershipControls": 1, "BucketPublicAccessBlock": 1,
    "BucketServerSideEncryptionConfiguration": 1, "BucketLifecycleConfiguration": 1, "BucketPolicy": 1,
    "Topic": 1, "MetricAlarm": 4, "Dashboard": 1,
}  # fmt: skip


def test_without_a_domain_it_is_exactly_these_resources() -> None:
    assert kinds(balanced()) == ALWAYS | {"Listener": 1}


def test_with_a_domain_and_protected_it_is_exactly_these_resources() -> None:
    assert kinds(balanced(PROD, protected=True)) == ALWAYS | {
        "Listener": 2, "Certificate": 1, "CertificateValidation": 1, "Record": 2, "WebAcl": 1, "WebAclAssociation": 1,
        "TopicSubscription": 1,
    }  # fmt: skip


def test_every_input_is_one_that_the_installed_sdk_has() -> None:
    recording = balanced(PROD, protected=True, hosts=("web1",))
    wrong = {
        f"{each.type} {each.name}": schema.failures(each.type, recording.inputs(each.type, each.name))
        for each in recording.registered
        if each.type.startswith("aws:")
    }
    assert len(wrong) > 40 and not {name: failures for name, failures in wrong.items() if failures}


@pytest.mark.parametrize("protected", [True, False])
def test_the_balancer_stands_in_public_subnets_and_is_hardened(protected: bool) -> None:
    recording = balanced(PROD, protected=protected)
    assert recording.inputs(BALANCER, "eu") == {
        "accessLogs": {"bucket": "eu-logs", "enabled": True},
        "desyncMitigationMode": "defensive",
        "dropInvalidHeaderFields": True,
        "enableDeletionProtection": protected,
        "idleTimeout": 60,
        "internal": False,
        "loadBalancerType": "application",
        "securityGroups": ["eu-load-balancer-id"],
        "subnets": ["eu-public-1-id", "eu-public-2-id"],
        "tags": {"Name": "eu"},
    }


def test_it_waits_for_its_logs_to_be_writable_and_for_the_way_to_the_internet() -> None:
    recording = balanced()
    urns = set(recording.request(BALANCER, "eu").dependencies)
    assert {urn for urn in urns if urn.endswith("BucketPolicy::eu-logs")}
    assert {urn for urn in urns if urn.endswith("route:Route::eu-public")}


def test_a_long_silence_of_a_request_is_no_idle_connection() -> None:
    assert balanced(requestTimeout=90.5).inputs(BALANCER, "eu")["idleTimeout"] == 91


def test_the_target_group_asks_the_services_own_health_check_and_waits_as_long_as_hosts_drain() -> None:
    recording = balanced(port=9000, health={"path": "/ready", "timeout": 7.5})
    assert recording.inputs(GROUP, "eu") == {
        "deregistrationDelay": 13,
        "healthCheck": {
            "healthyThreshold": 2, "interval": 13, "matcher": "200-299", "path": "/ready", "timeout": 8, "unhealthyThreshold": 2
        },
        "loadBalancingAlgorithmType": "least_outstanding_requests",
        "port": 9000,
        "protocol": "HTTP",
        "slowStart": 0,
        "tags": {"Name": "eu"},
        "targetType": "instance",
        "vpcId": "eu-id",
    }  # fmt: skip


def test_slow_start_goes_with_round_robin() -> None:
    inputs = balanced({"slowStart": 60}).inputs(GROUP, "eu")
    assert (inputs["slowStart"], inputs["loadBalancingAlgorithmType"]) == (60, "round_robin")


def test_with_a_domain_users_are_served_over_tls_and_http_sends_them_there() -> None:
    urls: list[str] = []
    recording = balanced(PROD, urls=urls)
    https = recording.inputs(LISTENER, "eu-https")
    assert (https["port"], https["protocol"], https["certificateArn"]) == (
        443,
        "HTTPS",
        "arn:api.example.com",
    )
    assert https["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    assert https["defaultActions"] == [{"type": "forward", "targetGroupArn": "arn:eu"}]
    (action,) = recording.inputs(LISTENER, "eu-http")["defaultActions"]
    assert action == {
        "type": "redirect",
        "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"},
    }
    assert urls == ["https://api.example.com/"]


def test_nobody_is_sent_to_https_before_it_serves() -> None:
    recording = balanced(PROD)
    urns = recording.request(LISTENER, "eu-http").dependencies
    assert [urn for urn in urns if urn.endswith("::eu-https")]


def test_without_a_domain_users_are_served_over_http_at_the_balancers_own_name() -> None:
    urls: list[str] = []
    recording = balanced(urls=urls)
    assert recording.names(LISTENER) == ["eu-http"]
    assert recording.inputs(LISTENER, "eu-http")["defaultActions"] == [
        {"type": "forward", "targetGroupArn": "arn:eu"}
    ]
    assert urls == ["http://eu.elb.amazonaws.com/"]


def test_the_certificate_is_proven_in_the_zone_before_it_is_used() -> None:
    recording = balanced(PROD)
    certificate = recording.inputs("aws:acm/certificate:Certificate", "eu")
    assert (certificate["domainName"], certificate["validationMethod"]) == ("api.example.com", "DNS")
    proof = recording.inputs(RECORD, "eu-proof")
    assert proof == {
        "zoneId": "zone of example.com", "name": "_proof.api.example.com.", "type": "CNAME", "ttl": 300,
        "records": ["_proof.acm-validations.aws."],
    }  # fmt: skip
    validation = recording.inputs("aws:acm/certificateValidation:CertificateValidation", "eu")
    assert validation["validationRecordFqdns"] == ["_proof.api.example.com"]
    used = recording.request(LISTENER, "eu-https").propertyDependencies["certificateArn"].urns
    assert any("CertificateValidation" in urn for urn in used), (
        "a certificate that is not proven cannot be used"
    )


def test_the_domain_points_at_the_balancer() -> None:
    record_ = balanced(PROD).inputs(RECORD, "eu")
    assert (record_["name"], record_["type"], record_["zoneId"]) == (
        "api.example.com",
        "A",
        "zone of example.com",
    )
    assert record_["aliases"] == [
        {"name": "eu.elb.amazonaws.com", "zoneId": "zone of load balancers", "evaluateTargetHealth": True}
    ]


def test_only_a_public_zone_is_looked_up() -> None:
    ((_, asked),) = (each for each in balanced(PROD).invoked if "getZone" in each[0])
    assert asked == {"name": "example.com", "privateZone": False}


def test_rules_that_count_turn_nobody_away() -> None:
    recording = balanced(PROD | {"waf": "count"}, protected=True)
    acl = recording.inputs("aws:wafv2/webAcl:WebAcl", "eu")
    assert [rule["overrideAction"] for rule in acl["rules"]] == [{"count": {}}] * 3


def test_managed_rules_stand_before_a_protected_balancer_and_large_bodies_pass_them() -> None:
    recording = balanced(PROD, protected=True)
    acl = recording.inputs("aws:wafv2/webAcl:WebAcl", "eu")
    assert acl["defaultAction"] == {"allow": {}} and acl["scope"] == "REGIONAL"
    groups = {rule["name"]: rule["statement"]["managedRuleGroupStatement"] for rule in acl["rules"]}
    assert [rule["priority"] for rule in acl["rules"]] == [0, 1, 2]
    assert all(rule["overrideAction"] == {"none": {}} for rule in acl["rules"]), "counting alone stops nobody"
    assert set(groups) == {
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
    }
    assert groups["AWSManagedRulesCommonRuleSet"]["ruleActionOverrides"] == [
        {"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}
    ]
    association = recording.inputs("aws:wafv2/webAclAssociation:WebAclAssociation", "eu")
    assert association == {"resourceArn": "arn:eu", "webAclArn": "arn:eu"}
