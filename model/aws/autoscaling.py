"""How many instances a group has, when, and of what they may be. Not for the load that decides within these bounds."""

import re
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from model.aws import instance_type
from model.setting import Setting

MOST = 200
"""Instances of one group."""
FIELD = r"(\*|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(/[0-9]+)?"
CRON = re.compile(rf"{FIELD}(,{FIELD})*")
Count = Annotated[int, Field(ge=1, le=MOST)]


def known_type(value: str) -> str:
    """An instance type that runs Linux. Raises ValueError."""
    if instance_type.architecture(value) is None:
        raise ValueError(
            "is not an instance type that runs Linux; write one as in m7g.large (Graviton) or m7i.large (x86)"
        )
    return value


def _cron(value: str) -> str:
    fields = value.split()
    if len(fields) != 5 or not all(CRON.fullmatch(each) for each in fields):
        raise ValueError(
            'is no time of a schedule; write minute, hour, day, month and weekday, as in "0 7 * * MON-FRI"'
        )
    return value


InstanceType = Annotated[str, AfterValidator(known_type)]


class Spot(Setting):
    """Instances that cost less and that AWS may take back, two minutes after it says so."""

    percent: Annotated[int, Field(ge=1, le=100)]
    """Of the instances beyond `onDemand`, how many are Spot."""
    on_demand: Annotated[int, Field(ge=0, le=MOST)] = 1
    """Instances that are On-Demand in any case."""


class Schedule(Setting):
    """Other bounds from a time on, until the next schedule's."""

    at: Annotated[str, AfterValidator(_cron)]
    """Minute, hour, day, month and weekday, as in `0 7 * * MON-FRI`."""
    zone: Annotated[str, Field(pattern=r"^(UTC|[A-Z][A-Za-z_]+(/[A-Za-z_+-]+)+)$")] = "UTC"
    """The time zone of `at`, as in `Europe/Berlin`."""
    min: Count
    """Instances at least, not fewer than the group's own `min`."""
    max: Count | None = None
    """Instances at most, not more than the group's own `max`, which it is unless set."""


class Maintenance(Setting):
    """How far the number of instances may go off while some are exchanged, in percent of the group."""

    min_healthy: Annotated[int, Field(ge=50, le=100)] = 100
    """As many stay healthy. 100: new ones come before old ones go."""
    max_healthy: Annotated[int, Field(ge=100, le=200)] = 110
    """As many may be there at once: with 110 about one in ten is exchanged at a time, with 200 all are."""

    @model_validator(mode="after")
    def _room(self) -> Self:
        if self.max_healthy - self.min_healthy > 100:
            raise ValueError(
                f"has minHealthy: {self.min_healthy} and maxHealthy: {self.max_healthy}; AWS takes them no further apart than 100"
            )
        if self.min_healthy == self.max_healthy:
            raise ValueError("has both at 100, which leaves no room to exchange one; make maxHealthy 110")
        return self


class Autoscaling(Setting):
    """As many instances as the load asks for. They install the release by themselves, and count when they run it; `up` has AWS
    exchange them when it changes, waits, and fails where they do not take it."""

    min: Count = 2
    """Instances at least."""
    max: Count
    """Instances at most."""
    target_cpu: Annotated[int, Field(ge=10, le=90)] = 60
    """Percent of their processors that they should be busy on average."""
    types: Annotated[tuple[InstanceType, ...], Field(max_length=39)] = ()
    """Further types beside the group's own, of the same architecture, for when AWS has none of it left or has Spot of them."""
    spot: Spot | None = None
    """Whether some are Spot."""
    warm: Annotated[int, Field(ge=1, le=MOST)] | None = None
    """Instances that are installed and stopped, to be there sooner when the load grows; only their disks cost."""
    schedules: Annotated[tuple[Schedule, ...], Field(max_length=50)] = ()
    """Other bounds at certain times."""
    maintenance: Maintenance = Maintenance()
    """How many may come and go at once."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.max < self.min:
            raise ValueError(f"has max: {self.max} below min: {self.min}; make max at least {self.min}")
        for each in self.schedules:
            most = self.max if each.max is None else each.max
            if not self.min <= each.min <= most <= self.max:
                raise ValueError(
                    f'has a schedule at "{each.at}" from {each.min} to {most}, which is not within min: {self.min} and '
                    f"max: {self.max}; alarms and `up` count on these"
                )
        if self.warm and (self.spot or self.types):
            raise ValueError(
                f"has warm beside {'spot' if self.spot else 'types'}; AWS stops no Spot instance, and this program keeps "
                "instances of one type warm alone: leave one of them out"
            )
        return self

    @property
    def mixed(self) -> bool:
        """Whether its instances are of several kinds, which AWS wants said in another way."""
        return bool(self.types or self.spot)

    def refusal(self, own: str) -> str | None:
        """What is wrong with `types` beside the group's own type."""
        wanted = instance_type.architecture(own)
        for each in self.types:
            if instance_type.architecture(each) != wanted:
                return f"has {own} and, in autoscaling.types, {each}, which is another architecture: give it a group of its own"
            if instance_type.burstable(each) != instance_type.burstable(own):
                return f"has {own} and, in autoscaling.types, {each}: burstable types and others cannot share a template"
        twice = own in self.types or len(set(self.types)) < len(self.types)
        return f"names a type twice in {_listed((own, *self.types))}" if twice else None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
