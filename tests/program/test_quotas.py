"""What the program makes of an account's quotas: warned of in a preview, refused before the first resource where it cannot be."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from tests.program import recorder
from tests.program.recorder import run_program

RUN = "command:local:run"
ASKED: list[dict[str, Any]] = []


def told(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]) -> None:
    """`python -m quotas` answers so; the build really runs."""
    really = recorder.LOOK_UPS[RUN]
    ASKED.clear()

    def run(args: dict[str, Any]) -> dict[str, Any]:
        if " -m quotas" not in args["command"]:
            return really(args)
        ASKED.append(json.loads(args["stdin"]))
        return {"stdout": json.dumps(answer), "stderr": ""}

    monkeypatch.setitem(recorder.LOOK_UPS, RUN, run)


def shortage(others: int) -> dict[str, Any]:
    numbers = {"allowed": 5, "others": others, "least": 4, "most": 4}
    return {
        "eu-central-1": {
            "short": [{"what": "Elastic IPs", "service": "ec2", "code": "L-0263D0A3", **numbers}]
        }
    }


NEVER = (
    "eu-central-1: 4 Elastic IPs are needed, but the account may have 5 there, of which others use 2 (quota L-0263D0A3). Ask AWS "
    "for 6, which takes minutes to days: aws service-quotas request-service-quota-increase --region eu-central-1 --service-code "
    "ec2 --quota-code L-0263D0A3 --desired-value 6"
)


def test_what_the_account_has_no_room_for_ends_an_up_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told(monkeypatch, shortage(2))
    made: list[str] = []
    registered = recorder.Recorder.RegisterResource

    def register(self: recorder.Recorder, request: Any) -> Any:
        made.append(request.type)
        return registered(self, request)

    monkeypatch.setattr(recorder.Recorder, "RegisterResource", register)
    with pytest.raises(pulumi.RunError) as caught:
        run_program("prod")
    assert NEVER in str(caught.value)
    assert not [each for each in made if each.startswith("aws:")]
    (asked,) = ASKED
    assert set(asked) == {"eu-central-1", "us-east-1"}
    assert asked["us-east-1"]["owner"] == {"project": "slipway", "stack": "prod"}
    assert asked["us-east-1"]["needs"]["addresses"] == 4


def test_a_preview_warns_of_it_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, shortage(2))
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda line, *more, **others: warned.append(line))
    assert run_program("dev").of("aws:ec2/vpc:Vpc")
    assert NEVER in warned


def test_what_may_be_short_later_is_a_warning_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = shortage(0)
    answer["eu-central-1"]["short"][0] |= {"most": 8}
    told(monkeypatch, answer)
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda line, *more, **others: warned.append(line))
    assert run_program("dev").of("aws:ec2/vpc:Vpc")
    (line,) = [each for each in warned if "L-0263D0A3" in each]
    assert "up to 8 Elastic IPs may be needed at once" in line and "--desired-value 8" in line


def test_who_cannot_look_is_told_in_one_line_and_nothing_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, {"eu-central-1": {"unasked": "Could not connect"}})
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", lambda line, *more, **others: said.append(line))
    assert run_program("dev").of("aws:ec2/vpc:Vpc")
    (line,) = [each for each in said if "quotas" in each]
    assert line.startswith(
        "eu-central-1: quotas were not looked at: Could not connect. Looking takes servicequotas:"
    )
