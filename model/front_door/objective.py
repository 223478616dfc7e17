"""Whether a front door can promise what is wanted of it and, if not, which setting would let it."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.front_door.front_door import FrontDoor
from model.front_door.worst_case import WorstCase, worst_case
from model.place import Place


@dataclass(frozen=True, kw_only=True)
class Change:
    """Settings by key that would be other ones, and the front door with them."""

    settings: Mapping[str, int | str]
    door: FrontDoor

    def __str__(self) -> str:
        return " and ".join(f"{key}: {value}" for key, value in self.settings.items())


def refusals(door: FrontDoor, places: Mapping[str, Place]) -> list[str]:
    """One sentence where users cannot surely be served again within the objective."""
    if door.objective is None:
        return []
    regions = tuple(places.values())
    found = worst_case(door, regions)
    if found.seconds <= door.objective:
        return []
    change = remedy(door, regions)
    least = _least(door, regions)
    do = (
        f"write slipway:frontDoor.{change}, which makes {worst_case(change.door, regions).seconds} s of it"
        if change
        else f"no setting does it: allowed are at least {least.seconds} s with {door.mechanism}"
    )
    return [
        f"slipway:frontDoor.objective is {door.objective}, but users of a lost region may wait for {found}; {do}."
    ]


def remedy(door: FrontDoor, places: Sequence[Place]) -> Change | None:
    """The least change that meets the objective: one setting, else several, else another mechanism. None: nothing does."""

    def meets(settings: Mapping[str, int | str]) -> bool:
        return worst_case(_with(door, settings).door, places).seconds <= (door.objective or 0)

    shorter = _shorter(door)
    shortest = {key: values[-1] for key, values in shorter.items()}
    keys = list(shorter)
    alone = [((), key) for key in keys]
    together = [(tuple(keys[:number]), keys[number]) for number in range(1, len(keys))]
    for others, key in [*alone, *together]:
        kept = {each: shortest[each] for each in others}
        if meets(kept | {key: shortest[key]}):
            longest = bisect_left(shorter[key], True, key=lambda value: meets({**kept, key: value}))
            return _with(door, kept | {key: shorter[key][longest]})
    other = {"mechanism": "globalAccelerator"}
    return (
        _with(door, other)
        if door.mechanism == "route53" and door.routing != "weighted" and meets(other)
        else None
    )


def _shorter(door: FrontDoor) -> dict[str, Sequence[int]]:
    """For each key what it could be instead, the longest first: the shorter, the more often a loss is mistaken for one."""
    fewer = range(door.threshold - 1, 0, -1)
    found: dict[str, Sequence[int]] = {}
    if door.mechanism == "route53":
        found = {"check.interval": [10] if door.interval > 10 else [], "check.threshold": fewer}
    if door.mechanism == "dns":
        found = {
            "ttl": range(door.answers_for - 1, 0, -1),
            "check.interval": range(door.interval - 1, 0, -1),
            "check.timeout": range(door.timeout - 1, 0, -1),
            "check.threshold": fewer,
        }
    return {key: values for key, values in found.items() if values}


def _with(door: FrontDoor, settings: Mapping[str, int | str]) -> Change:
    check = {key.removeprefix("check."): value for key, value in settings.items() if key.startswith("check.")}
    plain = {key: value for key, value in settings.items() if not key.startswith("check.")}
    changed = door.model_copy(update=plain | {"check": door.check.model_copy(update=check)})
    return Change(settings=settings, door=changed)


def _least(door: FrontDoor, places: Sequence[Place]) -> WorstCase:
    shortest = {key: values[-1] for key, values in _shorter(door).items()}
    return worst_case(_with(door, shortest).door, places)
