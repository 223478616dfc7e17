"""How a group is brought to a release, against Auto Scaling as plugins/aws/group_life.py pretends it. AWS was never asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from botocore.validate import validate_parameters

from groups import __main__ as command
from groups.rollout import Rollout
from groups.service import Refused, Service
from groups.wanted import Wanted, same
from plugins.aws.record import Record
from plugins.aws.scaling import Scaling

NAME = "eu-m7g"
GROUP: dict[str, Any] = {
    "minSize": 3,
    "maxSize": 9,
    "initialLifecycleHooks": [{}],
    "defaultInstanceWarmup": 60,
    "healthCheckGracePeriod": 60,
    "launchTemplate": {"id": "lt-1", "version": "1"},
}


class Trial:
    """A group of three that runs version 1, and what the deployer was told."""

    def __init__(self, folder: Path, **group: Any) -> None:
        self.record, self.folder, self.clock = Record(folder / "cloud.json"), folder, 0.0
        self.cloud, self.lines, self.ill = Scaling(self.record), list[str](), False
        self.cloud.create(NAME, GROUP | group)
        self.bring("1")

    def fates(self, **fates: Any) -> None:
        (self.folder / "fates.json").write_text(json.dumps(fates))

    def wanted(self, version: str, **more: Any) -> Wanted:
        told = {
            "region": "eu-central-1",
            "group": NAME,
            "target_group": "arn",
            "template": "lt-1",
            "least": 3,
            "patience": 2400,
        }
        return Wanted(**{**told, "version": version, **more})

    def rollout(self, version: str, wait: Callable[[float], None] | None = None, **more: Any) -> Rollout:
        wanted = self.wanted(version, **more)
        service = Service(self.cloud, self.cloud, wanted)
        return Rollout(service, wanted, self.lines.append, wait or self.wait, lambda: self.clock)

    def bring(self, version: str, **more: Any) -> None:
        self.rollout(version, **more).bring()

    def wait(self, seconds: float) -> None:
        self.clock += seconds
        self.cloud.pass_time(NAME, seconds)
        targets = self.cloud.describe_target_health("arn")["TargetHealthDescriptions"]
        self.ill |= any(each["TargetHealth"]["State"] == "unhealthy" for each in targets)

    @property
    def state(self) -> dict[str, Any]:
        return self.record.groups[NAME]

    @property
    def versions(self) -> set[str]:
        return {each["version"] for each in self.state["instances"]}

    @property
    def refreshes(self) -> list[tuple[str, str]]:
        """Version and end of each, the oldest first."""
        found = self.state["refreshes"][::-1]
        return [(each["DesiredConfiguration"]["LaunchTemplate"]["Version"], each["Status"]) for each in found]


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(tmp_path)


def test_a_new_group_is_waited_for_and_not_refreshed(trial: Trial) -> None:
    assert trial.refreshes == []
    assert trial.versions == {"1"}


def test_a_healthy_release_reaches_all_new_before_old_and_the_group_keeps_it(trial: Trial) -> None:
    trial.bring("2")
    assert trial.refreshes == [("2", "Successful")] and trial.versions == {"2"}
    assert trial.state["configuration"]["LaunchTemplate"]["Version"] == "2"
    assert trial.state["fewest"] == 3, "at no time fewer served than there must be"
    assert not trial.ill, "the alarm on unhealthy targets would ring at each release"
    trial.bring("2")
    assert len(trial.refreshes) == 1, "nothing to do is nothing done"


def test_the_canary_is_watched_before_the_others(trial: Trial) -> None:
    trial.bring("2", canary=1, pause=600)
    (done,) = trial.state["refreshes"]
    assert done["Preferences"]["CheckpointPercentages"] == [33, 100] and done["passed"] == [33]
    assert trial.clock > 600


@pytest.mark.parametrize(("fate", "percent"), [("never", 0), ("first", 33)])
def test_one_that_is_never_healthy_or_on_the_canary_alone_is_taken_back_and_fails_with_the_reason(
    trial: Trial, fate: str, percent: int
) -> None:
    trial.fates(**{"2": fate})
    with pytest.raises(
        Refused,
        match=r"did not take the release \(RollbackSuccessful\): 2 new instances gave up.*ABANDON Result",
    ):
        trial.bring("2")
    assert trial.versions == {"1"} and trial.refreshes == [("2", "RollbackSuccessful")]
    assert trial.state["configuration"]["LaunchTemplate"]["Version"] == "1", (
        "what comes with the load runs the release before"
    )
    assert trial.state["fewest"] == 3
    assert any(f"{percent} %" in line for line in trial.lines)
    assert trial.clock < 3600, "nobody waits for AWS to give up"


def test_the_next_run_tries_again_and_one_that_was_mended_is_taken(trial: Trial) -> None:
    trial.fates(**{"2": "never"})
    for _ in range(2):
        with pytest.raises(Refused):
            trial.bring("2")
    trial.bring("3")
    assert [end for _, end in trial.refreshes] == ["RollbackSuccessful", "RollbackSuccessful", "Successful"]


def test_who_comes_meanwhile_gets_the_release_too(trial: Trial) -> None:
    trial.fates(grow=2)
    trial.bring("2")
    assert trial.versions == {"2"} and len(trial.state["instances"]) == 5


class Killed(Exception):
    pass


def killed(trial: Trial, version: str, seconds: int) -> None:
    """A run that ends without a word half way through."""

    def wait(passed: float) -> None:
        if trial.clock > until:
            raise Killed
        trial.wait(passed)

    until = trial.clock + seconds
    with pytest.raises(Killed):
        trial.rollout(version, wait).bring()


def test_a_run_after_one_that_was_killed_waits_for_the_same_refresh(trial: Trial) -> None:
    killed(trial, "2", 200)
    trial.bring("2")
    assert trial.refreshes == [("2", "Successful")]
    assert "eu-m7g: a refresh to this release goes on already" in trial.lines


def test_one_that_wants_something_else_is_taken_back_first(trial: Trial) -> None:
    killed(trial, "2", 200)
    trial.bring("3")
    assert trial.refreshes == [("2", "RollbackSuccessful"), ("3", "Successful")]
    assert trial.versions == {"3"} and trial.state["fewest"] == 3


def test_one_that_goes_back_already_is_waited_for(trial: Trial) -> None:
    killed(trial, "2", 200)
    trial.cloud.rollback_instance_refresh(NAME)
    trial.bring("2")
    assert trial.refreshes == [("2", "RollbackSuccessful"), ("2", "Successful")]


def test_one_that_aws_takes_back_by_itself_fails_the_run_with_its_words(trial: Trial) -> None:
    def wait(seconds: float) -> None:
        trial.wait(seconds)
        if trial.clock > until and trial.state["refreshes"][0]["Status"] == "InProgress":
            trial.cloud.rollback_instance_refresh(NAME)

    until = trial.clock + 150
    with pytest.raises(
        Refused, match=r"RollbackSuccessful.*a user called RollbackInstanceRefresh.*what they ran before"
    ):
        trial.rollout("2", wait).bring()
    assert trial.versions == {"1"}


def test_one_that_somebody_ends_half_way_fails_the_run_and_the_next_goes_on(trial: Trial) -> None:
    def wait(seconds: float) -> None:
        trial.wait(seconds)
        if trial.clock > until:
            trial.cloud.cancel_instance_refresh(NAME)

    until = trial.clock + 150
    with pytest.raises(Refused, match=r"\(Cancelled\).*Somebody ended it"):
        trial.rollout("2", wait).bring()
    trial.bring("2")
    assert trial.versions == {"2"}


def test_one_that_auto_scaling_cannot_take_back_is_ended_and_nobody_else_is_blamed(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "IrreversibleInstanceRefreshFault"}}, "RollbackInstanceRefresh")

    monkeypatch.setattr(trial.cloud, "rollback_instance_refresh", refuse)
    trial.fates(**{"2": "never"})
    with pytest.raises(
        Refused, match=r"\(Cancelled\).*could not take it back, so it was ended half way"
    ) as caught:
        trial.bring("2")
    assert "Somebody" not in str(caught.value)


def test_another_least_number_on_a_group_that_has_grown_is_at_once(trial: Trial) -> None:
    """The provider would wait for exactly as many as its state knows."""
    trial.state["wanted"] = 6
    for _ in range(3):
        trial.wait(100)
    trial.cloud.update(NAME, GROUP | {"minSize": 4})
    before = trial.clock
    trial.bring("1", least=4)
    assert trial.clock == before and len(trial.state["instances"]) == 6


def test_the_way_that_the_provider_goes_leads_back_to_the_broken_release(trial: Trial) -> None:
    """Why the group ignores its template: whoever gives it first has nothing to go back to."""
    trial.fates(**{"2": "never"})
    trial.cloud.configure(NAME, GROUP | {"launchTemplate": {"id": "lt-1", "version": "2"}})
    with pytest.raises(Refused):
        trial.bring("2")
    trial.wait(60)
    assert trial.state["configuration"]["LaunchTemplate"]["Version"] == "2"


def test_without_the_hook_old_machines_go_while_new_ones_serve_nobody(tmp_path: Path) -> None:
    """Why there is one: an instance would be in service as soon as it runs."""
    trial = Trial(tmp_path, initialLifecycleHooks=[], defaultInstanceWarmup=60, healthCheckGracePeriod=600)
    trial.fates(**{"2": "never"})
    with pytest.raises(Refused):
        trial.bring("2")
    assert trial.state["fewest"] < 3 and trial.ill


def test_a_mixed_group_is_asked_for_as_auto_scaling_knows_it(trial: Trial) -> None:
    wanted = trial.wanted("2", types=("m7g.large", "m6g.large"), spot=70, on_demand=1, alarms=("errors",))
    model = get_session().get_service_model("autoscaling").operation_model("StartInstanceRefresh").input_shape
    for each in (wanted, trial.wanted("2")):
        asked = {
            "AutoScalingGroupName": NAME,
            "Strategy": "Rolling",
            "DesiredConfiguration": each.configuration,
            "Preferences": each.preferences(3),
        }
        validate_parameters(asked, model)
    assert same(wanted.configuration, wanted.configuration)
    assert not same(wanted.configuration, trial.wanted("2").configuration)
    assert not same(
        wanted.configuration, trial.wanted("2", types=("m7g.large",), spot=70, on_demand=1).configuration
    )


def test_auto_scaling_takes_a_release_back_that_an_alarm_speaks_against(trial: Trial) -> None:
    told = {"alarms": ("errors", "latency"), "pause": 90}
    asked = trial.wanted("2", **told).preferences(3)
    assert asked["AlarmSpecification"] == {"Alarms": ["errors", "latency"]} and asked["AutoRollback"]
    assert asked["BakeTime"] == 90, "who is exchanged last is watched, too"
    assert not {"AlarmSpecification", "BakeTime"} & set(trial.wanted("2").preferences(3))
    trial.bring("2", **told)
    assert trial.versions == {"2"}


def test_who_may_not_ask_is_told_what_is_needed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Nobody:
        def __getattr__(self, name: str) -> Any:
            def refuse(**_: Any) -> None:
                raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, name)

            return refuse

    monkeypatch.setattr("boto3.client", lambda *_, **__: Nobody())
    told = {
        "region": "eu-central-1",
        "group": NAME,
        "target_group": "a",
        "template": "l",
        "version": "1",
        "least": 1,
        "patience": 1,
        "healthy": [100, 110],
    }
    assert command.main([json.dumps(told)]) == 1
    assert "autoscaling:DescribeAutoScalingGroups" in capsys.readouterr().err
