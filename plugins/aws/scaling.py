"""Auto-scaling groups that are pretended: what Pulumi's provider and boto3's clients ask of them. group_life.py has what AWS does
meanwhile.

Time passes when somebody waits, and costs none. What becomes of instances is in `fates.json` beside the record.
"""

from __future__ import annotations

import json
import secrets
import time

from plugins.aws.group_configuration import configuration
from plugins.aws.group_life import SERVICE, Group, State
from plugins.aws.record import Record
from plugins.values import Values

TYPE = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
TRUSTED = 30
"""Seconds until a load balancer has looked often enough."""


class Scaling:
    """All groups of one record, which has them between runs."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def create(self, name: str, inputs: Values) -> None:
        """Its instances are launched, and nobody waits for them."""
        self._record.groups[name] = state = {
            "configuration": configuration(inputs),
            "clock": 0,
            "instances": [],
            "refreshes": [],
            "activities": [],
            "fewest": None,
        }
        self.update(name, inputs, made=True)
        self._group(name).launch(state["configuration"], state["wanted"])
        self._record.save()

    def update(self, name: str, inputs: Values, made: bool = False) -> None:
        """Bounds at once. A configuration that the group itself is given counts from the next launch on."""
        state = self._record.groups[name]
        state |= {
            "least": int(inputs["minSize"]),
            "most": int(inputs["maxSize"]),
            "hooked": bool(inputs.get("initialLifecycleHooks")),
            "warm": int(inputs.get("defaultInstanceWarmup") or 0),
            "grace": int(inputs.get("healthCheckGracePeriod") or 0),
            "configuration": configuration(inputs) if made else state["configuration"],
        }
        state["wanted"] = max(state["least"], min(state["most"], state.get("wanted") or 0))
        self._record.save()

    def configure(self, name: str, inputs: Values) -> None:
        """What the provider does before it begins a refresh of its own: UpdateAutoScalingGroup with the new template."""
        self._record.groups[name]["configuration"] = configuration(inputs)
        self._record.save()

    def delete(self, name: str) -> None:
        """With its instances."""
        self._record.groups.pop(name, None)
        self._record.save()

    def pass_time(self, name: str, seconds: float) -> None:
        """Everything that AWS does with a group meanwhile. Stands still where `hold` says so, until it does not any more."""
        while self._group(name).held:
            time.sleep(0.1)
        with self._record.lock:
            group = self._group(name)
            group.state["clock"] += seconds
            group.step()
            self._record.save()

    # What boto3's clients would be asked.

    def describe_auto_scaling_groups(self, AutoScalingGroupNames: list[str]) -> Values:
        found = [
            (name, self._record.groups[name]) for name in AutoScalingGroupNames if name in self._record.groups
        ]
        return {
            "AutoScalingGroups": [
                {
                    "AutoScalingGroupName": name,
                    "MinSize": state["least"],
                    "DesiredCapacity": state["wanted"],
                    **state["configuration"],
                    "Instances": [
                        {
                            "InstanceId": each["id"],
                            "LifecycleState": each["state"],
                            "LaunchTemplate": {"Version": each["version"]},
                        }
                        for each in state["instances"]
                    ],
                }
                for name, state in found
            ]
        }

    def describe_target_health(self, TargetGroupArn: str) -> Values:
        told = [
            {"Target": {"Id": each["id"]}, "TargetHealth": {"State": _health(state, each)}}
            for state in self._record.groups.values()
            for each in state["instances"]
            if each["state"] == SERVICE
        ]
        return {"TargetHealthDescriptions": told}

    def describe_scaling_activities(self, AutoScalingGroupName: str) -> Values:
        return {"Activities": self._record.groups[AutoScalingGroupName]["activities"]}

    def describe_instance_refreshes(
        self, AutoScalingGroupName: str, InstanceRefreshIds: list[str] | None = None
    ) -> Values:
        found = self._record.groups[AutoScalingGroupName]["refreshes"]
        return {
            "InstanceRefreshes": [
                each
                for each in found
                if each["InstanceRefreshId"] in (InstanceRefreshIds or [each["InstanceRefreshId"]])
            ]
        }

    def start_instance_refresh(
        self, AutoScalingGroupName: str, Strategy: str, DesiredConfiguration: Values, Preferences: Values
    ) -> Values:
        group = self._group(AutoScalingGroupName)
        if group.active:
            raise _error("InstanceRefreshInProgress", "StartInstanceRefresh")
        state, id = group.state, secrets.token_hex(8)
        state["begun"] = {}
        state["refreshes"].insert(0, {
            "InstanceRefreshId": id, "Status": "InProgress", "PercentageComplete": 0,
            "DesiredConfiguration": DesiredConfiguration, "Preferences": Preferences,
            "before": state["configuration"], "moved": state["clock"], "passed": [], "until": 0,
        })  # fmt: skip
        self._record.save()
        return {"InstanceRefreshId": id}

    def rollback_instance_refresh(self, AutoScalingGroupName: str) -> Values:
        group = self._group(AutoScalingGroupName)
        active = group.active
        if not active:
            raise _error("ActiveInstanceRefreshNotFound", "RollbackInstanceRefresh")
        group.back(active, "a user called RollbackInstanceRefresh")
        self._record.save()
        return {"InstanceRefreshId": active["InstanceRefreshId"]}

    def cancel_instance_refresh(self, AutoScalingGroupName: str) -> Values:
        active = self._group(AutoScalingGroupName).active
        if not active:
            raise _error("ActiveInstanceRefreshNotFound", "CancelInstanceRefresh")
        active["Status"] = "Cancelled"
        self._record.save()
        return {"InstanceRefreshId": active["InstanceRefreshId"]}

    def _group(self, name: str) -> Group:
        path = self._record.path.with_name("fates.json")
        return Group(self._record.groups[name], json.loads(path.read_text()) if path.exists() else {})


def _health(state: State, each: State) -> str:
    if state["clock"] - each["since"] < TRUSTED:
        return "initial"
    return "healthy" if each["well"] else "unhealthy"


def _error(code: str, operation: str) -> Exception:
    from botocore.exceptions import ClientError

    return ClientError({"Error": {"Code": code, "Message": "pretended"}}, operation)
