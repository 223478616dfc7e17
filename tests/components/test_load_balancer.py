"""What a region's load balancer asks of the engine. That AWS then serves users is beyond mocks."""

import json
from collections import Counter
from typing import Any

import pulumi_command as command
import pytest

from components.firewall import Firewall, FirewallArgs
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.network import Network, NetworkArgs
from model import firewall
from model.load_balancer import LoadBalancer as LoadBalancerSettings
from model.network import Network as NetworkSettings
from model.service import Service
from rehearsal.cloud import schema
from tests.components.cloud import ACCOUNT, LOOK_UPS, MADE
from tests.components.recording import Recording, record

BALANCER, GROUP = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup"
LISTENER, RECORD = "aws:lb/listener:Listener", "aws:route53/record:Record"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
WAIT, ATTACHMENT = "command:local:Command", "aws:lb/targetGroupAttachment:TargetGroupAttachment"
PROD = {"domain": "api.example.com", "zone": "example.com", "alarmEmail": "ops@example.com", "logDays": 90}


def balanced(
    settings: dict[str, Any] | None = None,
    *,
    protected: bool = False,
    hosts: tuple[str, ...] = (),
    urls: list[str] | None = None,
    **service: Any,
) -> Recording:
    """A load balancer; before it sends requests to each of `hosts`, that host's release is installed."""

    def program() -> None:
        network = Network("eu", NetworkArgs(settings=NetworkSettings(range="10.20.0.0/16")))
        rules = firewall.rules(service_port=8080, tls=bool(settings), access="tunnel")
        made = LoadBalancer(
            "eu",
            LoadBalancerArgs(
                settings=LoadBalancerSettings.model_validate(settings or {}),
                network=network,
                firewall=Firewall("eu", FirewallArgs(network=network, rules=rules, operator_cidrs=())),
                service=Service.model_validate(
                    {"name": "shop", "source": "shop", "arguments": ("{port}",)} | service
                ),
                drain=12.5,
                protected=protected,
            ),
        )
        made.url.apply((urls if urls is not None else []).append)
        for host in hosts:
            machine = command.local.Command(host)
            installed = command.local.Command(f"{host}-installed", stdin=machine.id)
            target = made.attach(host, machine.id, [installed])
            assert target.serving.pulumi_resource_name == f"eu-{host}-serving"

    return record(program, looked_up=LOOK_UPS, made=MADE)


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


def test_access_logs_are_encrypted_closed_to_the_public_and_forgotten() -> None:
    recording = balanced(PROD, protected=True)
    assert recording.inputs("aws:s3/bucket:Bucket", "eu-logs") == {
        "forceDestroy": False,
        "tags": {"Name": "eu-logs"},
    }
    block = recording.inputs("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "eu-logs")
    assert block == {
        "bucket": "eu-logs", "blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }  # fmt: skip
    (encryption,) = recording.inputs(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "eu-logs"
    )["rules"]
    assert encryption == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}, (
        "a load balancer takes no KMS"
    )
    (rule,) = recording.inputs("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "eu-logs")[
        "rules"
    ]
    assert (rule["status"], rule["expiration"]) == ("Enabled", {"days": 90})
    assert balanced().inputs("aws:s3/bucket:Bucket", "eu-logs")["forceDestroy"] is True


def test_only_this_accounts_load_balancers_write_logs_and_nobody_without_tls() -> None:
    write, deny = json.loads(balanced().inputs(BUCKET_POLICY, "eu-logs")["policy"])["Statement"]
    assert write["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert (write["Action"], write["Resource"]) == ("s3:PutObject", f"arn:eu-logs/AWSLogs/{ACCOUNT}/*")
    assert (deny["Effect"], deny["Action"]) == ("Deny", "s3:*")
    assert deny["Resource"] == ["arn:eu-logs", "arn:eu-logs/*"]
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


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


def test_alarms_reach_the_configured_address_when_they_ring_and_when_they_stop() -> None:
    recording = balanced(PROD)
    names = recording.names("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert names == ["eu-5xx", "eu-no-host", "eu-p99", "eu-unhealthy"]
    for name in names:
        alarm = recording.inputs("aws:cloudwatch/metricAlarm:MetricAlarm", name)
        assert alarm["alarmActions"] == alarm["okActions"] == ["arn:eu-alarms"]
        assert [query.get("returnData") for query in alarm["metricQueries"]].count(True) == 1, (
            "AWS takes one value"
        )
        for query in alarm["metricQueries"]:
            if metric := query.get("metric"):
                assert metric["dimensions"]["LoadBalancer"] == "app/eu"
    subscription = recording.inputs("aws:sns/topicSubscription:TopicSubscription", "eu-alarms")
    assert subscription == {"topic": "arn:eu-alarms", "protocol": "email", "endpoint": "ops@example.com"}


def test_no_host_at_all_is_alarming_even_when_nothing_is_reported() -> None:
    alarm = balanced().inputs("aws:cloudwatch/metricAlarm:MetricAlarm", "eu-no-host")
    (query,) = alarm["metricQueries"]
    assert query["metric"]["dimensions"] == {"LoadBalancer": "app/eu", "TargetGroup": "targetgroup/eu"}
    assert (query["metric"]["metricName"], query["metric"]["stat"]) == ("HealthyHostCount", "Maximum")
    assert (alarm["comparisonOperator"], alarm["threshold"]) == ("LessThanThreshold", 1)
    assert alarm["treatMissingData"] == "breaching"


def test_the_dashboard_has_the_balancers_own_unique_name_and_shows_its_alarms() -> None:
    dashboard = balanced().inputs("aws:cloudwatch/dashboard:Dashboard", "eu")
    assert dashboard["dashboardName"] == "eu-1a2b3c4"
    state, *charts = json.loads(dashboard["dashboardBody"])["widgets"]
    assert len(state["properties"]["alarms"]) == 4
    assert {chart["properties"]["region"] for chart in charts} == {"eu-central-1"}


def test_a_host_gets_requests_only_once_its_release_is_installed() -> None:
    recording = balanced(hosts=("web1",))
    assert recording.inputs(ATTACHMENT, "eu-web1") == {
        "targetGroupArn": "arn:eu",
        "targetId": "web1-id",
        "port": 8080,
    }
    assert recording.waits_for(ATTACHMENT, "eu-web1") >= {"web1-installed", "eu-web1-drain"}


def test_a_target_is_added_once_listeners_have_hosts_checked() -> None:
    for settings, listeners in ((PROD, {"eu-https", "eu-http"}), ({}, {"eu-http"})):
        assert balanced(settings, hosts=("web1",)).waits_for(ATTACHMENT, "eu-web1") >= listeners


def test_an_instance_goes_only_after_requests_in_flight_had_their_time() -> None:
    recording = balanced(hosts=("web1",))
    drain = recording.inputs(WAIT, "eu-web1-drain")
    assert (drain["create"], drain["delete"], drain["triggers"]) == ("sleep 0", "sleep 13", ["web1-id"])
    # Deleted in the reverse order: attachment, wait, instance.
    assert "eu-web1-drain" in recording.waits_for(ATTACHMENT, "eu-web1")
    assert "web1" in recording.waits_for(WAIT, "eu-web1-drain")


def test_a_new_host_is_waited_for_until_the_balancer_must_have_seen_it_healthy() -> None:
    recording = balanced(hosts=("web1",))
    serving = recording.inputs(WAIT, "eu-web1-serving")
    assert (serving["create"], serving["delete"], serving["triggers"]) == ("sleep 30", "sleep 0", ["web1-id"])
    assert "eu-web1" in recording.waits_for(WAIT, "eu-web1-serving")


def test_two_hosts_of_one_balancer_do_not_wait_for_each_other() -> None:
    recording = balanced(hosts=("web1", "web2"))
    for name in recording.names(ATTACHMENT):
        other = "web2" if name == "eu-web1" else "web1"
        assert not any(other in waited for waited in recording.waits_for(ATTACHMENT, name))
