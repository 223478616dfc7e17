"""A region's network, as configured: one of its own, or one that is there."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from model.aws import subnets
from model.setting import ONCE, Setting

LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]  # fmt: skip
"""What CloudWatch Logs takes as retention (API reference, PutRetentionPolicy)."""
MOST_GROUPS = 4
"""Of 5 security groups that a network interface may have by default (quota L-2AFB9258); one is the program's."""


VpcId = Annotated[str, Field(pattern=r"^vpc-[0-9a-f]{8}([0-9a-f]{9})?$")]
SubnetId = Annotated[str, Field(pattern=r"^subnet-[0-9a-f]{8}([0-9a-f]{9})?$")]
GroupId = Annotated[str, Field(pattern=r"^sg-[0-9a-f]{8}([0-9a-f]{9})?$")]


class Network(Setting):
    """Public subnets for load balancer and NAT, private ones for hosts, over several zones."""

    range: Annotated[str, AfterValidator(subnets.checked)] | None = None
    """A private range from /16 to /23 that no other region uses, such as `10.20.0.0/16`. Required, unless there is a `vpc`."""
    zones: Annotated[int, Field(ge=2, le=subnets.MOST_ZONES)] = 2
    """In how many of the region's zones; a load balancer needs two."""
    gateways: Literal["perZone", "single"] = "single"
    """NAT in every zone, so that the loss of one does not cut off the others, or a single one, which costs less."""
    flow_log_days: LogDays = 30
    """For how many days it is kept who connected to whom."""
    vpc: VpcId | None = None
    """A network that is there, by its id, in place of one that is made: it has its own way out, routes and flow logs, which
    nothing here changes. Instances alone, not `eks`."""
    public_subnets: tuple[SubnetId, ...] = ()
    """Of that network, for load balancer and bastion: one each in two or more zones, with a route to an internet gateway."""
    private_subnets: tuple[SubnetId, ...] = ()
    """Of that network, for hosts, one for each zone, with a way to HTTPS anywhere. Another order moves hosts."""
    security_groups: Annotated[tuple[GroupId, ...], Field(max_length=MOST_GROUPS), ONCE] = ()
    """Of that network; hosts are in these, too."""

    @model_validator(mode="after")
    def _made_or_there(self) -> Self:
        given = ("public_subnets", "private_subnets", "security_groups")
        made = ("range", "zones", "gateways", "flow_log_days")
        if not self.vpc:
            if self.range is None:
                raise ValueError(
                    "needs `range`, such as 10.20.0.0/16, or the `vpc` and subnets of a network that is there"
                )
            if any(getattr(self, each) for each in given):
                raise ValueError("names subnets or security groups without their `vpc`; write its id")
            return self
        if too := [each for each in made if each in self.model_fields_set]:
            raise ValueError(
                f"has a vpc, whose {', '.join(too).replace('flow_log_days', 'flowLogDays')} nothing here decides; keep either"
            )
        if not self.private_subnets:
            raise ValueError("has a vpc, but no privateSubnets that hosts stand in; name one or more")
        every = (*self.public_subnets, *self.private_subnets)
        if len(set(every)) < len(every):
            raise ValueError("names a subnet twice; write each once")
        return self

    @property
    def entered(self) -> int:
        """In how many zones a public load balancer has an address."""
        return len(self.public_subnets) if self.vpc else self.zones


def refusals(key: str, network: Network, *, internal: bool, bastion: bool) -> list[str]:
    """One sentence for everything that a network that is there lacks, under the region's `key`."""
    if not network.vpc:
        return []
    kind, found = (
        ("privateSubnets", network.private_subnets) if internal else ("publicSubnets", network.public_subnets)
    )
    lines = []
    if len(found) < 2:
        lines.append(
            f"{key}.network.{kind} has {len(found)}, but a load balancer stands in two zones or more; name one of each."
        )
    if bastion and internal and not network.public_subnets:
        lines.append(
            f"{key}.network.publicSubnets has none for the bastion; name one, or take another `access`."
        )
    return lines
