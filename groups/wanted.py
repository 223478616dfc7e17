"""What a group is to be, as the program says it on the command line, and how Auto Scaling is asked for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One group on one version of its launch template.

    `types`, in their order, and `spot` (percent of the instances beyond `on_demand`) are those of a mixed group; without both
    it is none. `least` instances must serve. `canary` instances come first and are watched for `pause` seconds. `healthy` are
    the least and the most percent of the group while it is exchanged. `patience`: seconds without progress after which it is
    taken back. `alarms`, by name, must be quiet meanwhile and for `pause` seconds after. `told` is printed when it is done.
    """

    region: str
    group: str
    target_group: str
    template: str
    version: str
    least: int
    patience: int
    canary: int = 1
    pause: int = 60
    healthy: tuple[int, int] = (100, 110)
    types: tuple[str, ...] = ()
    on_demand: int = 0
    spot: int = 0
    alarms: tuple[str, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str) -> Self:
        """From JSON. Raises ValueError, TypeError."""
        told = json.loads(text)
        lists = {name: tuple(told[name]) for name in ("healthy", "types", "alarms") if name in told}
        return cls(**{**told, **lists})

    @property
    def configuration(self) -> dict[str, Any]:
        """The `DesiredConfiguration` of a refresh."""
        template = {"LaunchTemplateId": self.template, "Version": self.version}
        if not self.types and not self.spot:
            return {"LaunchTemplate": template}
        return {
            "MixedInstancesPolicy": {
                "LaunchTemplate": {
                    "LaunchTemplateSpecification": template,
                    "Overrides": [{"InstanceType": each} for each in self.types],
                },
                "InstancesDistribution": {
                    "OnDemandBaseCapacity": self.on_demand,
                    "OnDemandPercentageAboveBaseCapacity": 100 - self.spot,
                    "SpotAllocationStrategy": "price-capacity-optimized",
                },
            }
        }

    def preferences(self, capacity: int) -> dict[str, Any]:
        """Of a refresh of that many instances: new before old, canary first, back by itself."""
        found: dict[str, Any] = {
            "MinHealthyPercentage": self.healthy[0],
            "MaxHealthyPercentage": self.healthy[1],
            "SkipMatching": True,
            "AutoRollback": True,
            # The default waits an hour for somebody to lift what nobody of ours has set.
            "ScaleInProtectedInstances": "Refresh",
            "StandbyInstances": "Ignore",
        }
        if 0 < self.canary < capacity:
            # Rounded down: AWS tells whole percents, and one of three is 33.
            found |= {
                "CheckpointPercentages": [100 * self.canary // capacity or 1, 100],
                "CheckpointDelay": self.pause,
            }
        if self.alarms:
            found |= {"AlarmSpecification": {"Alarms": [*self.alarms]}, "BakeTime": self.pause}
        return found


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether a configuration that AWS tells is the one that was asked for. It adds names and defaults of its own."""
    return _facts(one) == _facts(other)


def _facts(told: Mapping[str, Any]) -> tuple[Any, ...]:
    mixed = told.get("MixedInstancesPolicy")
    if not mixed:
        template = told.get("LaunchTemplate") or {}
        return (template.get("LaunchTemplateId"), template.get("Version"))
    template, spread = mixed["LaunchTemplate"], mixed.get("InstancesDistribution") or {}
    named = template["LaunchTemplateSpecification"]
    return (
        named.get("LaunchTemplateId"),
        named.get("Version"),
        tuple(each.get("InstanceType") for each in template.get("Overrides") or ()),
        spread.get("OnDemandBaseCapacity", 0),
        spread.get("OnDemandPercentageAboveBaseCapacity", 100),
    )
