"""What is alarming, and the dashboard."""

import json
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.alarms import Watched
from model.alarms import alarms as every
from model.aws.alarms import UNKNOWN, Alarm, Dashboard, alarms

BY_NAME = {alarm.name: alarm for alarm in alarms(1)}


def value(alarm: Alarm, reported: Mapping[str, float]) -> float | None:
    """The expression as CloudWatch would compute it for one minute; None where it gives no value."""
    assert alarm.expression
    text = re.sub(r"FILL\((\w+), 0\)", lambda found: str(reported.get(found[1], 0)), alarm.expression)
    try:
        return eval(text, {"IF": lambda few, then, otherwise: then if few else otherwise})
    except ZeroDivisionError:
        return None


counts = st.integers(0, 10_000)


@given(served=st.integers(1, 10_000), failed=counts, refused=counts)
def test_the_share_of_errors_is_between_none_and_all(served: int, failed: int, refused: int) -> None:
    share = value(BY_NAME["5xx"], {"requests": served, "hosts": min(failed, served), "own": refused})
    assert share is not None and 0 <= share <= 100


@pytest.mark.parametrize(
    ("reported", "share"),
    [
        ({"requests": 1000}, 0),
        ({"requests": 1000, "hosts": 10}, 1),
        ({"own": 5}, 100),
        ({"requests": 1, "hosts": 1}, 0),
        ({"requests": 3, "hosts": 3}, 100),
        ({}, None),
    ],
)
def test_errors_count_even_when_no_host_could_be_chosen(
    reported: Mapping[str, float], share: float | None
) -> None:
    assert value(BY_NAME["5xx"], reported) == share


def test_every_metric_of_an_expression_is_given_and_nothing_else() -> None:
    for alarm in BY_NAME.values():
        named = set(re.findall(r"FILL\((\w+),", alarm.expression or "")) or set(alarm.metrics)
        assert named == set(alarm.metrics)
        assert len(alarm.metrics) == 1 or alarm.expression, "several metrics need an expression"
        assert all(re.fullmatch(r"[a-z][a-zA-Z0-9_]*", key) for key in alarm.metrics), (
            "CloudWatch's form of an id"
        )


def test_an_alarm_needs_no_more_minutes_than_it_looks_at() -> None:
    assert all(needed <= of_last for needed, of_last in (alarm.periods for alarm in BY_NAME.values()))


def test_each_alarm_of_the_table_is_there_or_said_not_to_be() -> None:
    table = {each.name for each in every(Watched(service="shop"))}
    known = {each.of_table for each in alarms(1, tls=True)}
    assert known | set(UNKNOWN) == table
    assert not known & set(UNKNOWN)


def test_a_certificate_is_watched_where_there_is_one_also_after_its_end() -> None:
    (alarm,) = (each for each in alarms(1, tls=True) if each.name == "certificate")
    (metric,) = alarm.metrics.values()
    assert metric.dimensions("app/eu/1", "targetgroup/eu/2", "arn:c") == {"CertificateArn": "arn:c"}
    # CloudWatch takes no alarm that looks back further than seven days.
    assert alarm.period * alarm.periods[1] <= 7 * 86_400
    assert alarm.missing == "ignore", "of one that has ended nothing is written any more"
    assert not [each for each in alarms(1) if each.of_table == "CertificateEnds"]


def test_where_instances_come_and_go_a_new_one_is_no_alarm_and_too_few_are() -> None:
    (alarm,) = (each for each in alarms(1, 3) if each.name == "unhealthy")
    (metric,) = alarm.metrics.values()
    assert (metric.name, alarm.comparison, alarm.threshold) == ("HealthyHostCount", "LessThanThreshold", 3)


def test_the_latency_that_alarms_is_the_configured_one() -> None:
    (alarm,) = (each for each in alarms(0.25) if each.name == "p99")
    assert alarm.threshold == 0.25 and "0.25 s" in alarm.description


def test_no_two_charts_of_the_dashboard_overlap_and_each_names_what_it_shows() -> None:
    body = Dashboard(region="eu-central-1", balancer="app/eu/1", group="targetgroup/eu/2", alarms=["a"]).body
    widgets = json.loads(json.dumps(body))["widgets"]
    cells = [
        (x, y)
        for each in widgets
        for x in range(each["x"], each["x"] + each["width"])
        for y in range(each["y"], each["y"] + each["height"])
    ]
    assert len(cells) == len(set(cells)) and max(x for x, _ in cells) < 24
    lines = [line for each in widgets if each["type"] == "metric" for line in each["properties"]["metrics"]]
    assert {line[1] for line in lines} == {
        metric.name for alarm in BY_NAME.values() for metric in alarm.metrics.values()
    }
    for line in lines:
        assert line[2:4] == ["LoadBalancer", "app/eu/1"]
        assert ("TargetGroup" in line) == ("HostCount" in line[1])
