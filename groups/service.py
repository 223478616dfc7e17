"""What Auto Scaling and the load balancer are asked and told of one group. Not for what follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from groups.wanted import Wanted

RIGHTS = (
    "autoscaling:DescribeAutoScalingGroups, DescribeInstanceRefreshes, DescribeScalingActivities, StartInstanceRefresh, "
    "RollbackInstanceRefresh and CancelInstanceRefresh, and elasticloadbalancing:DescribeTargetHealth"
)
ACTIVE = ("Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress")
GOING = ("Terminating", "Terminated", "Detach", "EnteringStandby", "Standby")
"""How the lifecycle states begin of instances that do not count."""


class Refused(Exception):
    """Why the group does not run what it is to run, in AWS's words where it has some."""


class Service:
    """`scaling` and `balancers` are clients of boto3, or what answers as they do. All methods raise Refused."""

    def __init__(self, scaling: Any, balancers: Any, wanted: Wanted) -> None:
        self._scaling, self._balancers, self._wanted = scaling, balancers, wanted
        self._name = {"AutoScalingGroupName": wanted.group}

    def group(self) -> Mapping[str, Any]:
        """As AWS tells of it."""
        with _asked():
            found = self._scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self._wanted.group])
        if not found["AutoScalingGroups"]:
            raise Refused(f"there is no auto-scaling group {self._wanted.group}")
        return found["AutoScalingGroups"][0]

    def instances(self) -> list[Mapping[str, Any]]:
        """Of the group, without those that go."""
        return [
            each for each in self.group().get("Instances", []) if not each["LifecycleState"].startswith(GOING)
        ]

    def active(self) -> Mapping[str, Any] | None:
        """The refresh that goes on, of which there is one at the most."""
        with _asked():
            found = self._scaling.describe_instance_refreshes(**self._name)["InstanceRefreshes"]
        return next((each for each in found if each["Status"] in ACTIVE), None)

    def refresh(self, id: str) -> Mapping[str, Any]:
        """As AWS tells of it."""
        with _asked():
            found = self._scaling.describe_instance_refreshes(**self._name, InstanceRefreshIds=[id])
        return found["InstanceRefreshes"][0]

    def start(self) -> str | None:
        """Begins a refresh and gives its id; None where another one was quicker."""
        try:
            with _asked():
                begun = self._scaling.start_instance_refresh(
                    **self._name,
                    Strategy="Rolling",
                    DesiredConfiguration=self._wanted.configuration,
                    Preferences=self._wanted.preferences(int(self.group().get("DesiredCapacity", 0))),
                )
        except _Code as refused:
            if refused.code.startswith("InstanceRefreshInProgress"):
                return None
            raise
        return str(begun["InstanceRefreshId"])

    def back(self) -> None:
        """Takes the active refresh back or, where AWS cannot, ends it. One that has just ended is left."""
        for end in (self._scaling.rollback_instance_refresh, self._scaling.cancel_instance_refresh):
            try:
                with _asked():
                    end(**self._name)
                return
            except _Code as refused:
                if refused.code.startswith("ActiveInstanceRefreshNotFound"):
                    return
                if not refused.code.startswith("IrreversibleInstanceRefresh"):
                    raise

    def failures(self) -> dict[str, str]:
        """Instances that could not be launched, or gave up before they served: by activity, what AWS says."""
        with _asked():
            found = self._scaling.describe_scaling_activities(**self._name)["Activities"]
        return {
            each["ActivityId"]: str(each.get("StatusMessage") or each["Description"])
            for each in found
            if each["StatusCode"] in ("Failed", "Cancelled") and each["Description"].startswith("Launching")
        }

    def states(self) -> list[str]:
        """What the load balancer says of each of the group's instances that it has."""
        ids = {each["InstanceId"] for each in self.instances()}
        with _asked():
            told = self._balancers.describe_target_health(TargetGroupArn=self._wanted.target_group)
        return [
            each["TargetHealth"]["State"]
            for each in told["TargetHealthDescriptions"]
            if each["Target"]["Id"] in ids
        ]


class _Code(Refused):
    """One with AWS's code."""

    code = ""


@contextmanager
def _asked() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        refused = _Code(f"AWS says: {error}. Whoever deploys needs {RIGHTS}")
        refused.code = str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))
        raise refused from None
