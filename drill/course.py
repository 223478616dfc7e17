"""What happened in a drill, and what it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from drill.client import Try
from drill.way import How


@dataclass(kw_only=True)
class Course:
    """All times are seconds of the monotonic clock. `regions` has whose each address is; `bound` is what the preview states."""

    stack: str
    region: str
    planned: bool
    how: How
    bound: int
    objective: int | None
    regions: Mapping[str, str]
    began: float
    lost: float = 0.0
    """When the first machine was closed, or the answers without the region were on all DNS hosts."""
    gone: float | None = None
    """When the region answers nobody any more, if everything is as it should be."""
    returned: float | None = None
    """When the last machine was open again, or the region was in the answers again."""
    ended: float = 0.0
    tries: Sequence[Try] = field(default=())

    @property
    def failed(self) -> list[Try]:
        """In the whole drill."""
        return [each for each in self.tries if each.failure]

    @property
    def noticed_after(self) -> float | None:
        """Seconds from the loss until the first user waited in vain began to; None: nobody did."""
        begins = [each.began for each in self.failed if each.ended > self.lost]
        return max(0.0, min(begins) - self.lost) if begins else None

    @property
    def served_after(self) -> float:
        """Seconds from the loss until the last user who got no answer had given up; everybody after that was served."""
        ends = [each.ended for each in self.failed if each.ended > self.lost]
        return max(ends) - self.lost if ends else 0.0

    @property
    def served_again(self) -> list[float]:
        """For each user who met the loss, the seconds from it until they had the first answer that no failure followed."""
        last: dict[int, float] = {}
        for each in self.failed:
            if each.ended > self.lost:
                last[each.user] = max(last.get(each.user, 0.0), each.began)
        first = dict.fromkeys(last, self.ended)
        for each in self.tries:
            if each.user in last and not each.failure and each.began > last[each.user]:
                first[each.user] = min(first[each.user], each.ended)
        return sorted(each - self.lost for each in first.values())

    @property
    def had_users(self) -> bool:
        """Whether anybody would feel the loss."""
        return any(self.whose(each) == self.region for each in self.tries if each.ended <= self.lost)

    @property
    def still_served(self) -> list[Try]:
        """Those that the region answered although it was gone: then nothing was taken away, and nothing is shown."""
        if self.gone is None or self.returned is None:
            return []
        return [
            each
            for each in self.tries
            if self.gone < each.began < self.returned and not each.failure and self.whose(each) == self.region
        ]

    @property
    def allowed(self) -> int:
        """Seconds: the objective, where there is one, else what the preview states."""
        return self.bound if self.objective is None else min(self.bound, self.objective)

    @property
    def passed(self) -> bool:
        """A planned drill loses nothing; any other serves everybody again in time. Before and after it nobody fails.

        A region that goes on to answer was not lost, so a drill of it has not passed.
        """
        early = [each for each in self.failed if each.ended <= self.lost]
        late = [each for each in self.failed if self.returned is not None and each.began > self.returned]
        if early or late or self.still_served or (self.planned and self.failed):
            return False
        return self.served_after <= self.allowed

    def whose(self, one: Try) -> str:
        """The region that was asked; empty where the name was not resolved."""
        return self.regions.get(one.address, one.address)
