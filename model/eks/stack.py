"""The half of a stack that is on AWS: what is wrong in it, instances and clusters together."""

from collections.abc import Mapping
from datetime import date

from model.aws import cloud_region, load_balancer
from model.aws.cloud_region import CloudRegion
from model.eks import region as eks_region
from model.eks.region import EksRegion
from model.service import Service


def refusals(
    instances: Mapping[str, CloudRegion],
    clusters: Mapping[str, EksRegion],
    service: Service,
    *,
    protected: bool,
    door: str | None,
    elsewhere: list[str],
    today: date,
) -> list[str]:
    """One sentence for everything that is wrong.

    `door` is the front door's name, `elsewhere` names regions that are not on AWS.
    """
    lines = cloud_region.refusals(instances, protected)
    lines += eks_region.refusals(clusters, instances, protected, today)
    if door:
        every: dict[str, CloudRegion | EksRegion] = {**instances, **clusters}
        lines += load_balancer.behind_a_door({name: one.load_balancer for name, one in every.items()}, door)
    if service.permissions and elsewhere:
        lines.append(
            f"slipway:service.permissions is for an account of AWS, but slipway:regions.{elsewhere[0]} is elsewhere; remove it, "
            "and give the service there a key of its own among slipway:secrets."
        )
    return list(dict.fromkeys(lines))


def pinned(clusters: Mapping[str, EksRegion]) -> list[str]:
    """What is wrong with a release that is pinned, where there are clusters of EKS."""
    return [
        f"slipway:release.pin cannot be where slipway:regions.{name} is EKS, which no preview asks for what it keeps; run "
        "`make unpin` for this stack, and check out the source to go back to."
        for name in [*clusters][:1]
    ]
