"""A region's own network, as configured."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from model.aws import subnets
from model.setting import Setting

LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]  # fmt: skip
"""What CloudWatch Logs takes as retention (API reference, PutRetentionPolicy)."""


class Network(Setting):
    """Public subnets for load balancer and NAT, private ones for hosts, over several zones."""

    range: Annotated[str, AfterValidator(subnets.checked)]
    """A private range from /16 to /23 that no other region uses, such as `10.20.0.0/16`."""
    zones: Annotated[int, Field(ge=2, le=subnets.MOST_ZONES)] = 2
    """In how many of the region's zones; a load balancer needs two."""
    gateways: Literal["perZone", "single"] = "single"
    """NAT in every zone, so that the loss of one does not cut off the others, or a single one, which costs less."""
    flow_log_days: LogDays = 30
    """For how many days it is kept who connected to whom."""
