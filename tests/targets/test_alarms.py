"""Alarms that a release must not set off, as botocore knows CloudWatch's answers. Nothing is asked of AWS."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from targets import alarms
from targets.alarms import quiet
from targets.waits import Refused

EU, US = (
    f"arn:aws:cloudwatch:{region}:123456789012:alarm:errors" for region in ("eu-central-1", "us-east-1")
)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time passes by sleeping alone."""
    now = [0.0]
    monkeypatch.setattr(alarms.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(alarms.time, "sleep", lambda seconds: now.append(now.pop() + seconds))
    return now


def says(*states: str | None) -> Any:
    """A client of one alarm that is told these one after the other; None: there is no such alarm."""
    client = boto3.client(
        "cloudwatch", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    stub = Stubber(client)
    asked = {"AlarmNames": ["errors"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    for state in states:
        if state == "AccessDenied":
            stub.add_client_error("describe_alarms", state, "told so", expected_params=asked)
            continue
        told = [{"AlarmArn": EU, "StateValue": state, "StateReason": "12 of 20"}] if state else []
        stub.add_response("describe_alarms", {"MetricAlarms": told}, asked)
    stub.activate()
    return client


def test_quiet_ones_are_looked_at_for_as_long_as_is_wanted(clock: list[float]) -> None:
    told = says("OK", "INSUFFICIENT_DATA", "OK", "OK")
    quiet(lambda region: told, [EU], 25)
    assert clock == [25.0]
    quiet(lambda region: says("OK"), [EU], 0)


@pytest.mark.parametrize(
    ("states", "words"),
    [
        (("OK", "ALARM"), "errors rings: 12 of 20"),
        ((None,), f"there is no alarm {EU}"),
        (("AccessDenied",), "cloudwatch:DescribeAlarms"),
    ],
)
def test_one_that_rings_or_cannot_be_asked_ends_the_run(states: tuple[str | None, ...], words: str) -> None:
    told = says(*states)
    with pytest.raises(Refused, match=words):
        quiet(lambda region: told, [EU], 30)


def test_each_is_asked_in_its_own_region() -> None:
    asked: list[str] = []

    def client(region: str) -> Any:
        asked.append(region)
        return says("OK") if region == "eu-central-1" else says(None)

    with pytest.raises(Refused, match=f"there is no alarm {US}"):
        quiet(client, [EU, US], 0)
    assert asked == ["eu-central-1", "us-east-1"]
