"""A region of any kind, told apart by the keys that only regions of that kind have."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from model.aws.cloud_region import CloudRegion
from model.eks.region import EksRegion
from model.kubernetes.region import ClusterRegion
from model.machines.region import Region

KINDS = {"cluster": ClusterRegion, "instances": CloudRegion, "eks": EksRegion, "hosts": Region}
"""By the key that only a region of that kind has. One with none of them names machines that are there."""


def _kind(region: Any) -> str:
    for key, kind in KINDS.items():
        if key in region if isinstance(region, dict) else isinstance(region, kind):
            return f"({key})"
    return "(hosts)"


AnyRegion = Annotated[
    Annotated[Region, Tag("(hosts)")]
    | Annotated[CloudRegion, Tag("(instances)")]
    | Annotated[ClusterRegion, Tag("(cluster)")]
    | Annotated[EksRegion, Tag("(eks)")],
    Discriminator(_kind),
]
