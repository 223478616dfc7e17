"""Which of a region's availability zones a network uses, as EC2 lists them."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

Offers = set[tuple[str, str]]
"""Zone and instance type."""


def zones_with(
    count: int | None,
    types: Sequence[str],
    look_up: pulumi.InvokeOptions,
    without: Sequence[str] = (),
    offered: Offers | None = None,
) -> list[str]:
    """The first `count` of the region's zones that offer all `types`, or all of them.

    Those that an account must ask for are left out, and those with the ids in `without`. `offered` is what `offers` gave.

    Raises RunError when there are fewer.
    """
    found = aws.get_availability_zones(
        state="available",
        exclude_zone_ids=list(without) or None,
        filters=[aws.GetAvailabilityZonesFilterArgs(name="opt-in-status", values=["opt-in-not-required"])],
        opts=look_up,
    )
    zones, wanted = sorted(found.names), sorted(set(types))
    if wanted:
        offered = offers(wanted, look_up) if offered is None else offered
        zones = [zone for zone in zones if all((zone, type) in offered for type in wanted)]
    if count and len(zones) < count:
        what = f"offer {', '.join(wanted)}" if wanted else "can be used"
        raise pulumi.RunError(
            f"slipway:regions.{found.region}.network.zones is {count}, but only {', '.join(zones) or 'none'} {what} there; "
            f"allowed are at most {len(zones)}."
        )
    return zones[:count]


def offers(types: Sequence[str], look_up: pulumi.InvokeOptions) -> Offers:
    """In which zone which of `types` can be had, also in one that is out of order at the moment."""
    if not types:
        return set()
    found = aws.ec2.get_instance_type_offerings(
        location_type="availability-zone",
        filters=[aws.ec2.GetInstanceTypeOfferingsFilterArgs(name="instance-type", values=sorted(set(types)))],
        opts=look_up,
    )
    return set(zip(found.locations, found.instance_types, strict=True))
