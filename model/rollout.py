"""In which order a release reaches the hosts, and when those that have it go back by themselves. Decides; changes nothing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.host_files import whole_seconds
from model.refusal import Refusal
from model.release_policy import BatchSize, ReleasePolicy
from model.remote_script import NEEDS_WAIT
from model.service import Service

OVERHEAD = 60
"""Seconds for a batch beside its waits: dialling (34 s at the most), checking, unpacking. As long for confirming."""
LONGEST = 6 * 60 * 60
"""Seconds that a host may stay on an unconfirmed release. A fleet that needs more wants larger batches."""


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """Batches of host names by region, in their order. `confirm_within` (seconds) is None where no host goes back by itself.

    `in_turn`: a region begins when the one before it is done.
    """

    batches: Mapping[str, tuple[tuple[str, ...], ...]]
    pause: float
    confirm_within: int | None
    in_turn: bool = True

    def __str__(self) -> str:
        hosts = sum(len(batch) for region in self.batches.values() for batch in region)
        count = sum(len(region) for region in self.batches.values())
        regions = {
            name: " | ".join(" ".join(batch) for batch in region) for name, region in self.batches.items()
        }
        order = (
            "; then ".join(f"{name}: {text}" for name, text in regions.items())
            if len(regions) > 1
            else next(iter(regions.values()))
        )
        if not hosts:
            return "no host with a name: a cluster exchanges its copies, and what comes and goes installs the release by itself"
        told = f"{_counted(hosts, 'host')} in {_counted(count, 'batch', 'batches')}: {order}"
        if self.pause and count > 1:
            told += f"; {self.pause:g} s between batches"
        if hosts == 1:
            return told
        if self.confirm_within is None:
            return f"{told}; a host keeps the new release when a later one fails"
        return f"{told}; a host goes back by itself after {self.confirm_within} s unless all have the release"


def plan(regions: Mapping[str, Sequence[str]], policy: ReleasePolicy, service: Service) -> Rollout:
    """The rollout to the hosts of `regions` (names by region). Raises Refusal when it would take longer than LONGEST.

    A pinned release has served on these hosts before, so all of them get it at once.
    """
    pinned = policy.pin is not None
    if pinned:
        policy = policy.model_copy(update={"canary": 0, "batches": ("100%",), "pause": 0})
    order = {name: batches(hosts, policy.canary, policy.batches) for name, hosts in regions.items()}
    if service.tasks and not pinned:  # what runs once is done before the second host begins
        order = {name: _first_alone(found) for name, found in order.items()}
    alone = sum(len(hosts) for hosts in regions.values()) == 1
    within = None
    if not alone and policy.on_failure == "revert":
        count = 1 if pinned else sum(len(each) for each in order.values())
        within = seconds_until_confirmed(count, policy, service)
        if within > LONGEST:
            raise Refusal(
                [
                    f"slipway:release.batches makes {count} batches, after which a host could stay unconfirmed for {within} s; "
                    f"allowed are {LONGEST} s: make the batches larger, or pause, drain, watch or health.deadline shorter."
                ]
            )
    return Rollout(batches=order, pause=policy.pause, confirm_within=within, in_turn=not pinned)


def batches(hosts: Sequence[str], canary: int, sizes: Sequence[BatchSize]) -> tuple[tuple[str, ...], ...]:
    """`hosts` in batches: the first `canary` of them, then the others by `sizes`, whose last one repeats.

    A size is a count or a share of the others, such as "25%", rounded down, but one host at the least.
    """
    found = [tuple(hosts[:canary])] if canary else []
    others = hosts[canary:]
    begin, number = 0, 0
    while begin < len(others):
        size = _count(sizes[min(number, len(sizes) - 1)], len(others))
        found.append(tuple(others[begin : begin + size]))
        begin, number = begin + size, number + 1
    return tuple(found)


def _first_alone(found: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    first, *others = found or ((),)
    return tuple(batch for batch in (first[:1], first[1:], *others) if batch)


def seconds_until_confirmed(count: int, policy: ReleasePolicy, service: Service) -> int:
    """The longest that the first of `count` batches waits for its confirmation when all goes well, in whole minutes.

    A batch may take: the wait for what the service needs, the health deadline, the watch, the drain,
    the time that the old release has to stop, and OVERHEAD.
    An upload that takes longer than all earlier batches is not counted: a host that went back meanwhile is turned on again.
    """
    needs = NEEDS_WAIT if service.needs else 0
    stop = whole_seconds(service.stops_within(policy.drain))
    batch = needs + service.health.deadline + policy.watched + whole_seconds(policy.drain) + stop + OVERHEAD
    pauses = count if policy.alarms else count - 1  # alarms are looked at after the last batch, too
    return 60 * math.ceil((count * batch + pauses * policy.pause + OVERHEAD) / 60)


def _count(size: BatchSize, hosts: int) -> int:
    return size if isinstance(size, int) else max(1, hosts * int(size.removesuffix("%")) // 100)


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
