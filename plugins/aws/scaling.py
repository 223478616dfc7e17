"""An auto-scaling group that is pretended: template, refresh with checkpoints, lifecycle hook, rollback, as AWS documents them.

Time passes when somebody waits, and costs none. From the user guide of EC2 Auto Scaling: a refresh launches first and terminates
then where 100 % must stay healthy, counts an instance when it is in service and warm, waits at checkpoints, skips what matches
and gives the group its new configuration at the end ("How an instance refresh works", "Add checkpoints", "Use skip matching");
going back brings instances of the configuration that was saved before ("Undo changes with a rollback"); an instance with a launch
hook is in service once the hook is completed, and one that abandons is terminated, its launch Cancelled ("Tutorial: Configure
user data to retrieve the target lifecycle state"). What no page says is taken at its worst: who comes by the load during
a refresh has the old template.

What becomes of instances is in `fates.json` beside the record, by the template's version: `healthy` (else), `never`, `first` (one
alone is), and what happens: `hold` (a percentage at which time stands still) and `grow` (how many more the load wants then).
"""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

from plugins.aws.record import Record
from plugins.values import Values

TYPE = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
BOOT, TRUSTED, GIVES_UP = 90, 30, 3600
"""Seconds: a first start until it is proven or given up; until a load balancer has looked often enough; until AWS lets a refresh
fail that gets nowhere, of which it says no number."""
ABANDONED = (
    "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token 0 was abandoned: "
    "Lifecycle Action Completed with ABANDON Result"
)
PENDING, SERVICE = "Pending:Wait", "InService"
State = dict[str, Any]


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
        self._launch(state, state["configuration"], state["wanted"])
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
        state = self._record.groups[name]
        while self._held(state):
            time.sleep(0.1)
        with self._record.lock:
            state["clock"] += seconds
            self._step(state)
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
        state = self._record.groups[AutoScalingGroupName]
        if self._active(state):
            raise _error("InstanceRefreshInProgress", "StartInstanceRefresh")
        id, state["begun"] = secrets.token_hex(8), {}
        state["refreshes"].insert(0, {
            "InstanceRefreshId": id, "Status": "InProgress", "PercentageComplete": 0,
            "DesiredConfiguration": DesiredConfiguration, "Preferences": Preferences,
            "before": state["configuration"], "moved": state["clock"], "passed": [], "until": 0,
        })  # fmt: skip
        self._record.save()
        return {"InstanceRefreshId": id}

    def rollback_instance_refresh(self, AutoScalingGroupName: str) -> Values:
        state = self._record.groups[AutoScalingGroupName]
        active = self._active(state)
        if not active:
            raise _error("ActiveInstanceRefreshNotFound", "RollbackInstanceRefresh")
        self._back(state, active, "a user called RollbackInstanceRefresh")
        self._record.save()
        return {"InstanceRefreshId": active["InstanceRefreshId"]}

    def cancel_instance_refresh(self, AutoScalingGroupName: str) -> Values:
        active = self._active(self._record.groups[AutoScalingGroupName])
        if not active:
            raise _error("ActiveInstanceRefreshNotFound", "CancelInstanceRefresh")
        active["Status"] = "Cancelled"
        self._record.save()
        return {"InstanceRefreshId": active["InstanceRefreshId"]}

    # What AWS does meanwhile.

    def _step(self, state: State) -> None:
        for each in [*state["instances"]]:
            self._live(state, each)
        if (active := self._active(state)) is not None:
            self._exchange(state, active)
        self._launch(state, state["configuration"], max(0, state["wanted"] - len(state["instances"])))
        serving = sum(each["well"] and each["state"] == SERVICE for each in state["instances"])
        if state["fewest"] is not None or serving >= state["wanted"]:
            state["fewest"] = min(serving, state["fewest"] if state["fewest"] is not None else serving)

    def _live(self, state: State, each: State) -> None:
        age = state["clock"] - each["since"]
        if each["state"] == PENDING and age >= BOOT:
            if each["fate"]:
                each |= {"state": SERVICE, "well": True, "since": state["clock"]}
            else:
                self._end(
                    state,
                    each,
                    ABANDONED,
                )
        elif each["state"] == SERVICE and not state["hooked"]:
            each["well"] = bool(each["fate"]) and age >= BOOT
            if not each["well"] and age >= max(BOOT, state["grace"]):
                self._end(state, each, "")

    def _exchange(self, state: State, active: State) -> None:
        going_back = active["Status"] == "RollbackInProgress"
        wanted = active["before"] if going_back else active["DesiredConfiguration"]
        preferences, version = active["Preferences"], _version(wanted)
        new = [each for each in state["instances"] if each["version"] == version]
        old = [each for each in state["instances"] if each["version"] != version]
        ready = [
            each
            for each in new
            if each["state"] == SERVICE and state["clock"] - each["since"] >= state["warm"]
        ]
        percent = 100 * len(ready) // max(len(ready) + len(old), 1) if old or len(new) > len(ready) else 100
        if len(ready) != active.get("ready"):
            active |= {"ready": len(ready), "moved": state["clock"]}
        if not going_back:
            active |= {"PercentageComplete": percent, "InstancesToUpdate": len(old)}
            if self._waits(state, active, percent):
                return
        if not old and len(ready) == len(new):
            if not going_back:
                state["configuration"] = wanted
            active["Status"] = "RollbackSuccessful" if going_back else "Successful"
        elif state["clock"] - active["moved"] > GIVES_UP:
            if going_back:
                active["Status"] = "RollbackFailed"
            else:
                self._back(state, active, "the refresh failed: instances did not become healthy")
        else:
            most = state["wanted"] * preferences["MaxHealthyPercentage"] // 100
            room = max(most, state["wanted"] + 1) - len(state["instances"])
            self._launch(state, wanted, min(room, len(old) - (len(new) - len(ready))))
            for each in old[: max(0, len(ready) + len(old) - state["wanted"])]:
                state["instances"].remove(each)
            self._grow(state, percent)

    def _waits(self, state: State, active: State, percent: int) -> bool:
        for each in active["Preferences"].get("CheckpointPercentages", []):
            if each <= percent < 100 and each not in active["passed"]:
                active["passed"].append(each)
                active["until"] = state["clock"] + active["Preferences"].get("CheckpointDelay", 3600)
                active["moved"] = active["until"]
        return state["clock"] < active["until"]

    def _back(self, state: State, active: State, why: str) -> None:
        active |= {
            "Status": "RollbackInProgress",
            "RollbackDetails": {"RollbackReason": why},
            "moved": state["clock"],
        }
        version = _version(active["before"])
        for each in [
            each for each in state["instances"] if each["version"] != version and each["state"] == PENDING
        ]:
            state["instances"].remove(each)

    def _launch(self, state: State, configuration: Values, count: int) -> None:
        version = _version(configuration)
        fate = self._fates().get(version, "healthy")
        for _ in range(count):
            first = state.setdefault("begun", {}).setdefault(version, 0) == 0
            state["begun"][version] += 1
            state["instances"].append({
                "id": f"i-0{secrets.token_hex(8)}", "version": version, "since": state["clock"], "well": False,
                "state": PENDING if state["hooked"] else SERVICE, "fate": fate == "healthy" or (fate == "first" and first),
            })  # fmt: skip

    def _end(self, state: State, each: State, said: str) -> None:
        state["instances"].remove(each)
        if said:
            state["activities"].insert(0, {
                "ActivityId": secrets.token_hex(8), "StatusCode": "Cancelled", "StatusMessage": said,
                "Description": f"Launching a new EC2 instance: {each['id']}",
            })  # fmt: skip

    def _grow(self, state: State, percent: int) -> None:
        if (more := self._fates().get("grow")) and percent > 0 and not state.get("grown"):
            state |= {"grown": True, "wanted": min(state["most"], state["wanted"] + more)}

    def _active(self, state: State) -> State | None:
        return next(
            (each for each in state["refreshes"] if each["Status"] in ("InProgress", "RollbackInProgress")),
            None,
        )

    def _held(self, state: State) -> bool:
        at, active = self._fates().get("hold"), self._active(state)
        return at is not None and active is not None and active["PercentageComplete"] >= at

    def _fates(self) -> Values:
        path = self._record.path.with_name("fates.json")
        return json.loads(path.read_text()) if path.exists() else {}


def configuration(inputs: Values) -> Values:
    """As AWS tells it, from what the provider takes."""
    if mixed := inputs.get("mixedInstancesPolicy"):
        template, spread = mixed["launchTemplate"], mixed.get("instancesDistribution") or {}
        named = template["launchTemplateSpecification"]
        return {
            "MixedInstancesPolicy": {
                "LaunchTemplate": {
                    "LaunchTemplateSpecification": {
                        "LaunchTemplateId": named["launchTemplateId"],
                        "Version": named["version"],
                    },
                    "Overrides": [
                        {"InstanceType": each["instanceType"]} for each in template.get("overrides") or []
                    ],
                },
                "InstancesDistribution": {
                    "OnDemandBaseCapacity": spread.get("onDemandBaseCapacity", 0),
                    "OnDemandPercentageAboveBaseCapacity": spread.get(
                        "onDemandPercentageAboveBaseCapacity", 100
                    ),
                },
            }
        }
    return {
        "LaunchTemplate": {
            "LaunchTemplateId": inputs["launchTemplate"]["id"],
            "Version": inputs["launchTemplate"]["version"],
        }
    }


def _version(configuration: Values) -> str:
    if mixed := configuration.get("MixedInstancesPolicy"):
        return str(mixed["LaunchTemplate"]["LaunchTemplateSpecification"]["Version"])
    return str(configuration["LaunchTemplate"]["Version"])


def _health(state: State, each: State) -> str:
    if state["clock"] - each["since"] < TRUSTED:
        return "initial"
    return "healthy" if each["well"] else "unhealthy"


def _error(code: str, operation: str) -> Exception:
    from botocore.exceptions import ClientError

    return ClientError({"Error": {"Code": code, "Message": "pretended"}}, operation)
