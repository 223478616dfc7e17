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
        "TopicSubscription": 1, "MetricAlarm": 5,
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
        "stickiness": {"type": "lb_cookie", "enabled": False, "cookieDuration": 86400},
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


def test_further_names_have_the_certificate_and_a_record_each() -> None:
    recording = balanced(PROD | {"names": ("www.example.com",)})
    certificate = recording.inputs("aws:acm/certificate:Certificate", "eu")
    assert certificate["subjectAlternativeNames"] == ["www.example.com"]
    validation = recording.inputs("aws:acm/certificateValidation:CertificateValidation", "eu")
    assert validation["validationRecordFqdns"] == ["_proof.api.example.com", "_proof.www.example.com"]
    assert recording.inputs(RECORD, "eu-www.example.com")["name"] == "www.example.com"


CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"


def test_a_certificate_that_is_there_is_used_and_names_are_somebody_elses() -> None:
    recording = balanced({"domain": "api.example.com", "certificate": CERTIFICATE})
    assert recording.inputs(LISTENER, "eu-https")["certificateArn"] == CERTIFICATE
    assert not {"Certificate", "Record"} & kinds(recording).keys()
    assert kinds(balanced(PROD | {"certificate": CERTIFICATE}))["Record"] == 1


def test_a_zone_is_found_by_its_id_and_must_have_its_name() -> None:
    recording = balanced(PROD | {"zoneId": "Z0123", "certificate": CERTIFICATE})
    assert recording.inputs(RECORD, "eu")["zoneId"] == "Z0123"
    with pytest.raises(Exception, match=r"is the zone elsewhere\.example, and not example\.com"):
        balanced(PROD | {"zoneId": "ZELSEWHERE"})


def test_a_private_zone_is_for_a_certificate_that_is_there() -> None:
    private = PROD | {"zoneId": "Z0PRIVATE", "internal": True}
    assert balanced(private | {"certificate": CERTIFICATE}).inputs(RECORD, "eu")["zoneId"] == "Z0PRIVATE"
    with pytest.raises(Exception, match="Z0PRIVATE is a private zone, where ACM sees no proof"):
        balanced(private)


def test_an_internal_balancer_stands_where_hosts_do_and_lets_in_private_addresses() -> None:
    recording = balanced({"internal": True})
    found = recording.inputs(BALANCER, "eu")
    assert (found["internal"], found["subnets"]) == (True, ["eu-private-1-id", "eu-private-2-id"])
    rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    ranges = {
        recording.inputs(rule, name).get("cidrIpv4") for name in recording.names(rule) if "accepted" in name
    }
    assert ranges == {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"}
    assert not [name for name in recording.names(rule) if "world" in name]


def test_who_may_come_can_be_said() -> None:
    recording = balanced(PROD | {"accept": ("198.51.100.0/24",)})
    rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    open_ = {name for name in recording.names(rule) if "eu-load-balancer-ingress" in name}
    assert open_ == {f"eu-load-balancer-ingress-accepted-{port}-198.51.100.0/24" for port in (80, 443)}, (
        "HTTP sends on to HTTPS"
    )


def test_a_browser_comes_back_to_the_same_host_only_where_that_is_wanted() -> None:
    assert balanced().inputs(GROUP, "eu")["stickiness"]["enabled"] is False
    sticky = balanced({"stickiness": 600}).inputs(GROUP, "eu")["stickiness"]
    assert sticky == {"type": "lb_cookie", "enabled": True, "cookieDuration": 600}


def test_rules_that_are_excepted_count_and_what_rules_notice_is_kept_without_secrets() -> None:
    recording = balanced(PROD | {"wafExcept": ("NoUserAgent_HEADER",), "wafLogDays": 30}, protected=True)
    rules = recording.inputs("aws:wafv2/webAcl:WebAcl", "eu")["rules"]
    counted = {
        each["name"]
        for rule in rules
        for each in rule["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"]
    }
    assert counted == {"NoUserAgent_HEADER", "SizeRestrictions_BODY"}
    logging = recording.inputs("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "eu")
    assert {each["singleHeader"]["name"] for each in logging["redactedFields"]} == {"authorization", "cookie"}
    assert logging["loggingFilter"]["defaultBehavior"] == "DROP"
    group = recording.inputs("aws:cloudwatch/logGroup:LogGroup", "eu-waf")
    assert group["retentionInDays"] == 30 and group["namePrefix"].startswith("aws-waf-logs-")
