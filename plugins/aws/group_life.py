"""What AWS does with an auto-scaling group meanwhile: instances start, serve and end; a refresh exchanges them or goes back.

From the user guide of EC2 Auto Scaling: a refresh launches first and terminates then where 100 % must stay healthy, counts an
instance when it is in service and warm, waits at checkpoints, skips what matches and gives the group its new configuration at the
end ("How an instance refresh works", "Add checkpoints", "Use skip matching"); going back brings instances of the configuration
that was saved before ("Undo changes with a rollback"); an instance with a launch hook is in service once the hook is completed,
and one that abandons is terminated, its launch Cancelled ("Tutorial: Configure user data to retrieve the target lifecycle
state"). What no page says is taken at its worst: who comes by the load during a refresh has the old template.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from plugins.aws.group_configuration import version_of
from plugins.values import Values

BOOT, GIVES_UP = 90, 3600
"""Seconds: a first start until it is proven or given up; until AWS lets a refresh fail that gets nowhere, of which it says no
number."""
ABANDONED = (
    "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token 0 was abandoned: "
    "Lifecycle Action Completed with ABANDON Result"
)
PENDING, SERVICE = "Pending:Wait", "InService"
State = dict[str, Any]


@dataclass(frozen=True)
class Group:
    """One group. `state` is the record's, and changed here; `fates` is what becomes of instances, by their template's version:
    `healthy` (else), `never`, `first` (one alone is), and what happens: `hold` (a percentage at which time stands still) and
    `grow` (how many more the load wants then)."""

    state: State
    fates: Values

    def step(self) -> None:
        for each in [*self.state["instances"]]:
            self._live(each)
        if (active := self.active) is not None:
            self._exchange(active)
        self.launch(self.state["configuration"], max(0, self.state["wanted"] - len(self.state["instances"])))
        serving, fewest = self.serving, self.state["fewest"]
        if fewest is not None or serving >= self.state["wanted"]:
            self.state["fewest"] = serving if fewest is None else min(serving, fewest)

    @property
    def serving(self) -> int:
        return sum(each["well"] and each["state"] == SERVICE for each in self.state["instances"])

    def _live(self, each: State) -> None:
        age = self.state["clock"] - each["since"]
        if each["state"] == PENDING and age >= BOOT:
            if each["fate"]:
                each |= {"state": SERVICE, "well": True, "since": self.state["clock"]}
            else:
                self._end(each, ABANDONED)
        elif each["state"] == SERVICE and not self.state["hooked"]:
            each["well"] = bool(each["fate"]) and age >= BOOT
            if not each["well"] and age >= max(BOOT, self.state["grace"]):
                self._end(each, "")

    def _exchange(self, active: State) -> None:
        going_back = active["Status"] == "RollbackInProgress"
        wanted = active["before"] if going_back else active["DesiredConfiguration"]
        preferences, version = active["Preferences"], version_of(wanted)
        new = [each for each in self.state["instances"] if each["version"] == version]
        old = [each for each in self.state["instances"] if each["version"] != version]
        ready = [
            each
            for each in new
            if each["state"] == SERVICE and self.state["clock"] - each["since"] >= self.state["warm"]
        ]
        percent = 100 * len(ready) // max(len(ready) + len(old), 1) if old or len(new) > len(ready) else 100
        if len(ready) != active.get("ready"):
            active |= {"ready": len(ready), "moved": self.state["clock"]}
        if not going_back:
            active |= {"PercentageComplete": percent, "InstancesToUpdate": len(old)}
            if self._waits(active, percent):
                return
        if not old and len(ready) == len(new):
            if not going_back:
                self.state["configuration"] = wanted
            active["Status"] = "RollbackSuccessful" if going_back else "Successful"
        elif self.state["clock"] - active["moved"] > GIVES_UP:
            if going_back:
                active["Status"] = "RollbackFailed"
            else:
                self.back(active, "the refresh failed: instances did not become healthy")
        else:
            most = self.state["wanted"] * preferences["MaxHealthyPercentage"] // 100
            room = max(most, self.state["wanted"] + 1) - len(self.state["instances"])
            self.launch(wanted, min(room, len(old) - (len(new) - len(ready))))
            for each in old[: max(0, len(ready) + len(old) - self.state["wanted"])]:
                self.state["instances"].remove(each)
            self._grow(percent)

    def _waits(self, active: State, percent: int) -> bool:
        for each in active["Preferences"].get("CheckpointPercentages", []):
            if each <= percent < 100 and each not in active["passed"]:
                active["passed"].append(each)
                active["until"] = self.state["clock"] + active["Preferences"].get("CheckpointDelay", 3600)
                active["moved"] = active["until"]
        return self.state["clock"] < active["until"]

    def back(self, active: State, why: str) -> None:
        active |= {
            "Status": "RollbackInProgress",
            "RollbackDetails": {"RollbackReason": why},
            "moved": self.state["clock"],
        }
        version = version_of(active["before"])
        for each in [
            each
            for each in self.state["instances"]
            if each["version"] != version and each["state"] == PENDING
        ]:
            self.state["instances"].remove(each)

    def launch(self, configuration: Values, count: int) -> None:
        version = version_of(configuration)
        fate = self.fates.get(version, "healthy")
        for _ in range(count):
            first = self.state.setdefault("begun", {}).setdefault(version, 0) == 0
            self.state["begun"][version] += 1
            self.state["instances"].append({
                "id": f"i-0{secrets.token_hex(8)}", "version": version, "since": self.state["clock"], "well": False,
                "state": PENDING if self.state["hooked"] else SERVICE, "fate": fate == "healthy" or (fate == "first" and first),
            })  # fmt: skip

    def _end(self, each: State, said: str) -> None:
        self.state["instances"].remove(each)
        if said:
            self.state["activities"].insert(0, {
                "ActivityId": secrets.token_hex(8), "StatusCode": "Cancelled", "StatusMessage": said,
                "Description": f"Launching a new EC2 instance: {each['id']}",
            })  # fmt: skip

    def _grow(self, percent: int) -> None:
        if (more := self.fates.get("grow")) and percent > 0 and not self.state.get("grown"):
            self.state.update(grown=True, wanted=min(self.state["most"], self.state["wanted"] + more))

    @property
    def active(self) -> State | None:
        return next(
            (
                each
                for each in self.state["refreshes"]
                if each["Status"] in ("InProgress", "RollbackInProgress")
            ),
            None,
        )

    @property
    def held(self) -> bool:
        at, active = self.fates.get("hold"), self.active
        return at is not None and active is not None and active["PercentageComplete"] >= at
