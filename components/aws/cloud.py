"""Regions of AWS as the program reaches them: a provider for each, and what EC2 says about instance types there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pulumi
import pulumi_aws as aws

from components.aws.cloud_region import CloudRegion, CloudRegionArgs
from components.aws.front_door import FrontDoor, FrontDoorArgs
from components.aws.instance import architectures_of
from components.aws.quotas import check_quotas
from components.aws.shared_name import SharedName, SharedNameArgs
from components.rollout import RolloutArgs
from model.architecture import Architecture
from model.aws.account import Whose
from model.aws.cloud_region import CloudRegion as CloudRegionSettings
from model.aws.quotas import Needs
from model.front_door.front_door import FrontDoor as FrontDoorSettings
from model.front_door.rule import Facts

FRONT_DOOR = "front-door"


class OnAws(Protocol):
    """A region of AWS, whatever runs the service there."""

    @property
    def instance_types(self) -> Sequence[str]:
        """Of its machines."""
        ...

    @property
    def needs(self) -> Needs:
        """What it takes of the account's quotas."""
        ...


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """One region. Default providers are disabled, so that what is made without `provider` fails instead of landing elsewhere."""

    provider: aws.Provider
    tags: Mapping[str, str]
    """On all that is made there."""
    architectures: Mapping[str, Architecture]
    """By instance type, for the types that the service runs on."""
    shared: SharedName | None = None
    """The front door's name, if there is one."""

    def region(
        self,
        name: str,
        settings: CloudRegionSettings,
        rollout: RolloutArgs,
        public_keys: Sequence[str],
        protected: bool,
        roll_images: bool,
    ) -> CloudRegion:
        """The service there."""
        args = CloudRegionArgs(
            settings=settings,
            rollout=rollout,
            architectures=self.architectures,
            tags=self.tags,
            public_keys=public_keys,
            protected=protected,
            roll_images=roll_images,
            shared=self.shared,
        )
        return CloudRegion(name, args, pulumi.ResourceOptions(providers=[self.provider]))

    def front_door(self, facts: Facts | None, regions: Mapping[str, Any]) -> pulumi.Input[Sequence[str]]:
        """What moves users between all `regions`, if anything does; gives the name servers of a zone that is made for it."""
        if not facts or not self.shared:
            return []
        balancers = {name: region.balancer for name, region in regions.items()}
        args = FrontDoorArgs(
            settings=facts.door,
            plan=facts.plan,
            shared=self.shared,
            balancers=balancers,
            # Records change hands when a region goes: that of the one which stays may be the one that is deleted.
            regions_stay=all(region.protected for region in regions.values()),
        )
        FrontDoor(FRONT_DOOR, args, pulumi.ResourceOptions(parent=self.shared))
        return self.shared.name_servers


def reached(
    regions: Mapping[str, OnAws],
    whose: Whose,
    door: FrontDoorSettings | None,
    protected: bool,
) -> dict[str, Cloud]:
    """Each region, and the architectures of its instances, which must be known before anything is built.

    What is before all regions is made by a provider of its own. Whether the account has room for all is looked at here, too.
    """
    made = {name: _provider(name, whose, name) for name in regions}
    types = {
        name: architectures_of(region.instance_types, pulumi.InvokeOptions(provider=made[name]))
        for name, region in regions.items()
    }
    check_quotas({name: region.needs for name, region in regions.items()}, whose.own)
    shared = _shared(door, whose, protected) if door and door.on_aws else None
    return {
        name: Cloud(provider=made[name], tags=whose.tags, architectures=types[name], shared=shared)
        for name in regions
    }


def _shared(door: FrontDoorSettings, whose: Whose, protected: bool) -> SharedName:
    args = SharedNameArgs(
        domain=door.name, zone=door.zone, make_zone=door.make_zone, caa=door.caa, protected=protected
    )
    # Route 53 and Global Accelerator are of no region, but the alarms on health checks are of this one alone.
    made = _provider(FRONT_DOOR, whose, "us-east-1")
    return SharedName(FRONT_DOOR, args, pulumi.ResourceOptions(providers=[made]))


def _provider(name: str, whose: Whose, region: str) -> aws.Provider:
    """Tags everything with whose it is. Not with the version: that would update every resource in each release."""
    return aws.Provider(
        name,
        region=region,
        allowed_account_ids=[whose.account] if whose.account else None,
        default_tags=aws.ProviderDefaultTagsArgs(tags=dict(whose.tags)),
    )
