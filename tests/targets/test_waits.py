"""What a load balancer says of a target, as botocore knows its answers, and what follows from that. Nothing is asked of AWS."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError
from botocore.stub import Stubber

from targets import __main__ as command
from targets import waits
from targets.waits import Refused, Target, drained, healthy

GROUP = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/eu/0123456789abcdef"
TARGET = Target.of(GROUP, "i-0123456789abcdef0:8080")
ASKED = {"TargetGroupArn": GROUP, "Targets": [{"Id": "i-0123456789abcdef0", "Port": 8080}]}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.waiter.time.sleep", lambda seconds: None)


def says(*states: dict[str, str] | str) -> Any:
    """A client that is told these one after the other, and no further one: a health, or the code of an error."""
    client = boto3.client(
        "elbv2", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    stub = Stubber(client)
    for state in states:
        if isinstance(state, str):
            stub.add_client_error("describe_target_health", state, "told so", expected_params=ASKED)
        else:
            told = {"TargetHealthDescriptions": [{"Target": {"Id": TARGET.instance}, "TargetHealth": state}]}
            stub.add_response("describe_target_health", told, ASKED)
    stub.activate()
    return client


def test_a_target_is_waited_for_until_it_is_healthy() -> None:
    healthy(says({"State": "initial"}, {"State": "unhealthy"}, {"State": "healthy"}), TARGET, 15)


def test_one_that_is_not_trusted_in_time_is_named_with_the_balancers_own_words() -> None:
    ill = {
        "State": "unhealthy",
        "Reason": "Target.ResponseCodeMismatch",
        "Description": "Health checks failed with these codes: [404]",
    }
    with pytest.raises(
        Refused,
        match=r"no requests to i-0123456789abcdef0 on port 8080: after 10 s .*ResponseCodeMismatch.*404",
    ):
        healthy(says(ill, ill), TARGET, 10)


def test_a_target_is_drained_when_nothing_is_in_flight() -> None:
    drained(says({"State": "draining"}, {"State": "unused"}), TARGET, 10)


def test_so_it_is_when_its_group_is_gone() -> None:
    drained(says("TargetGroupNotFound"), TARGET, 10)


def test_a_refusal_is_passed_on() -> None:
    with pytest.raises(Refused, match="AccessDenied, told so"):
        healthy(says("AccessDenied"), TARGET, 10)
    with pytest.raises(Refused, match="not drained after 5 s: draining"):
        drained(says({"State": "draining"}), TARGET, 5)


def test_without_credentials_it_says_what_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nobody(*_: object) -> None:
        raise NoCredentialsError

    monkeypatch.setattr(waits, "_wait", nobody)
    assert command.main(["healthy", GROUP, "i-0:8080", "--within", "5"]) == 1
    assert "needs elasticloadbalancing:DescribeTargetHealth" in capsys.readouterr().err
