"""What rings around a load balancer, as asked of the engine. That AWS rings is beyond mocks."""

import json

from tests.components.aws.balancers import PROD, balanced


def test_alarms_reach_the_configured_address_when_they_ring_and_when_they_stop() -> None:
    recording = balanced(PROD)
    names = recording.names("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert names == ["eu-5xx", "eu-certificate", "eu-no-host", "eu-p99", "eu-unhealthy"]
    for name in names:
        alarm = recording.inputs("aws:cloudwatch/metricAlarm:MetricAlarm", name)
        assert alarm["alarmActions"] == alarm["okActions"] == ["arn:eu-alarms"]
        assert [query.get("returnData") for query in alarm["metricQueries"]].count(True) == 1, (
            "AWS takes one value"
        )
        for query in alarm["metricQueries"]:
            if (metric := query.get("metric")) and name != "eu-certificate":
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


def test_the_certificate_that_users_are_shown_is_watched_given_or_made() -> None:
    given = "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
    own = {"domain": "api.example.com", "certificate": given}
    for settings, arn in ((own, given), (PROD, "arn:api.example.com")):
        alarm = balanced(settings).inputs("aws:cloudwatch/metricAlarm:MetricAlarm", "eu-certificate")
        (query,) = alarm["metricQueries"]
        assert query["metric"]["dimensions"] == {"CertificateArn": arn}
        assert (query["metric"]["namespace"], query["metric"]["period"]) == (
            "AWS/CertificateManager",
            86_400,
        )
    assert "eu-certificate" not in balanced().names("aws:cloudwatch/metricAlarm:MetricAlarm")


def test_the_dashboard_has_the_balancers_own_unique_name_and_shows_its_alarms() -> None:
    dashboard = balanced().inputs("aws:cloudwatch/dashboard:Dashboard", "eu")
    assert dashboard["dashboardName"] == "eu-1a2b3c4"
    state, *charts = json.loads(dashboard["dashboardBody"])["widgets"]
    assert len(state["properties"]["alarms"]) == 4
    assert {chart["properties"]["region"] for chart in charts} == {"eu-central-1"}
