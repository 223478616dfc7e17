"""In which order a release reaches the hosts. Decides; changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.release_policy import BatchSize, ReleasePolicy


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """Batches of host names by region, in their order; `pause` (seconds) lies between two of them."""

    batches: Mapping[str, tuple[tuple[str, ...], ...]]
    pause: float

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
        told = f"{_counted(hosts, 'host')} in {_counted(count, 'batch', 'batches')}: {order}"
        if self.pause and count > 1:
            told += f"; {self.pause:g} s between batches"
        return told


def plan(regions: Mapping[str, Sequence[str]], policy: ReleasePolicy) -> Rollout:
    """The rollout to the hosts of `regions` (names by region)."""
    order = {name: batches(hosts, policy.canary, policy.batches) for name, hosts in regions.items()}
    return Rollout(batches=order, pause=policy.pause)


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


def _count(size: BatchSize, hosts: int) -> int:
    return size if isinstance(size, int) else max(1, hosts * int(size.removesuffix("%")) // 100)


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
