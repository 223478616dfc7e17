"""Which of a region's availability zones a network uses, as EC2 lists them."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws


def zones_with(
    count: int | None, types: Sequence[str], look_up: pulumi.InvokeOptions, without: Sequence[str] = ()
) -> list[str]:
    """The first `count` of the region's zones that offer all `types`, or all of them.

    Those that an account must ask for are left out, and those with the ids in `without`.

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
        offers = aws.ec2.get_instance_type_offerings(
            location_type="availability-zone",
            filters=[aws.ec2.GetInstanceTypeOfferingsFilterArgs(name="instance-type", values=wanted)],
            opts=look_up,
        )
        offered = set(zip(offers.locations, offers.instance_types, strict=True))
        zones = [zone for zone in zones if all((zone, type) in offered for type in wanted)]
    if count and len(zones) < count:
        what = f"offer {', '.join(wanted)}" if wanted else "can be used"
        raise pulumi.RunError(
            f"slipway:regions.{found.region}.network.zones is {count}, but only {', '.join(zones) or 'none'} {what} there; "
            f"allowed are at most {len(zones)}."
        )
    return zones[:count]
