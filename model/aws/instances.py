"""Groups of EC2 instances that run the service, what each instance is called and in which zone it lies."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from model.aws import instance_type
from model.aws.autoscaling import Autoscaling, InstanceType
from model.setting import Setting

LATEST = "latest"


class InstanceGroup(Setting):
    """Instances of one type. Groups of several types, Graviton and x86, may stand side by side."""

    type: InstanceType
    """As EC2 calls it, such as `m7g.large`; what is built and which image starts follow from it."""
    count: Annotated[int, Field(ge=1, le=200)] = 1
    """How many, spread over the network's zones."""
    volume: Annotated[int, Field(ge=8, le=16384)] = 20
    """Size of the disk in GiB; gp3, encrypted."""
    image: Annotated[str, Field(pattern=r"^(latest|ami-[0-9a-f]{8}([0-9a-f]{9})?)$")] = LATEST
    """`latest`: Debian 13's newest when the instance is made, kept until `make roll-images`. Or an image id, which replaces
    the instances when it changes; it needs cloud-init, systemd, Python 3.9, and
    HAProxy installed or in a package archive over HTTPS (Ubuntu's own are HTTP, and machines get out to 443 alone)."""
    credits: Literal["standard", "unlimited"] | None = None
    """Of burstable types (t2, t3, t3a, t4g): `unlimited` unless set, since a new t3 or t4g has no credits to start with."""

    autoscaling: Autoscaling | None = None
    """In place of `count`: a number of instances that follows the load."""

    @property
    def name(self) -> str:
        """Its type in the letters that names may have: `m7g-large`."""
        return self.type.replace(".", "-")

    @property
    def types(self) -> tuple[str, ...]:
        """Its own, and those that its instances may be as well."""
        return (self.type, *(self.autoscaling.types if self.autoscaling else ()))

    @property
    def hosts(self) -> tuple[str, ...]:
        """What its instances are called: `m7g-large-1`, `m7g-large-2`. Those of an auto-scaling group have no names."""
        if self.autoscaling:
            return ()
        return tuple(f"{self.name}-{number}" for number in range(1, self.count + 1))

    @model_validator(mode="after")
    def _credits_where_there_are_any(self) -> Self:
        if self.credits and not instance_type.burstable(self.type):
            raise ValueError(
                f"has credits: {self.credits}, which {self.type} does not know; leave it out, or take one of t2, t3, t3a and t4g"
            )
        return self

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        if self.autoscaling and "count" in self.model_fields_set:
            raise ValueError("has both count and autoscaling; keep one of them")
        if self.autoscaling and (wrong := self.autoscaling.refusal(self.type)):
            raise ValueError(wrong)
        return self


def _each_type_once(groups: tuple[InstanceGroup, ...]) -> tuple[InstanceGroup, ...]:
    types = [group.type for group in groups]
    if twice := sorted({each for each in types if types.count(each) > 1}):
        raise ValueError(
            f"names {twice[0]} in more than one group; make it one group with the sum of the counts"
        )
    return groups


InstanceGroups = Annotated[tuple[InstanceGroup, ...], AfterValidator(_each_type_once)]


def host_names(groups: tuple[InstanceGroup, ...]) -> tuple[str, ...]:
    """The names of all instances, group by group: the order in which a release reaches them."""
    return tuple(host for group in groups for host in group.hosts)


def placed(groups: tuple[InstanceGroup, ...], zones: int) -> Iterator[tuple[InstanceGroup, str, int]]:
    """Each host with its group and the index of its zone.

    A host's zone depends on its own number and its group's place in the list alone, so that another count moves nobody (a move
    is a new instance). Every second group begins at the last zone, so that small groups do not crowd the first.
    """
    for place, group in enumerate(groups):
        for number, host in enumerate(group.hosts):
            step = (place // 2 + number) % zones
            yield group, host, zones - 1 - step if place % 2 else step
