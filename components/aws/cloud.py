"""Regions of AWS as the program reaches them: a provider for each, and what EC2 says about instance types there."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.cloud_region import CloudRegion, CloudRegionArgs
from components.aws.instance import architectures_of
from components.rollout import RolloutArgs
from model.architecture import Architecture
from model.aws.cloud_region import CloudRegion as CloudRegionSettings


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """One region. Default providers are disabled, so that what is made without `provider` fails instead of landing elsewhere."""

    provider: aws.Provider
    tags: Mapping[str, str]
    """On all that is made there."""
    architectures: Mapping[str, Architecture]
    """By instance type, for the types that the service runs on."""

    def region(
        self,
        name: str,
        settings: CloudRegionSettings,
        rollout: RolloutArgs,
        public_key: str,
        protected: bool,
        roll_images: bool,
    ) -> CloudRegion:
        """The service there."""
        args = CloudRegionArgs(
            settings=settings,
            rollout=rollout,
            architectures=self.architectures,
            tags=self.tags,
            public_key=public_key,
            protected=protected,
            roll_images=roll_images,
        )
        return CloudRegion(name, args, pulumi.ResourceOptions(providers=[self.provider]))


def reached(regions: Mapping[str, CloudRegionSettings], tags: Mapping[str, str]) -> dict[str, Cloud]:
    """Each region, and the architectures of its instances, which must be known before anything is built.

    `tags` go on all that is made there.
    """
    found: dict[str, Cloud] = {}
    for name, region in regions.items():
        made = _provider(name, tags)
        types = [group.type for group in region.instances]
        found[name] = Cloud(
            provider=made,
            tags=tags,
            architectures=architectures_of(types, pulumi.InvokeOptions(provider=made)),
        )
    return found


def _provider(region: str, tags: Mapping[str, str]) -> aws.Provider:
    """Tags everything with whose it is. Not with the version: that would update every resource in each release."""
    return aws.Provider(region, region=region, default_tags=aws.ProviderDefaultTagsArgs(tags=dict(tags)))
