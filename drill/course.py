"""What happened in a drill, and what it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from drill.client import Try


@dataclass(kw_only=True)
class Course:
    """All times are seconds of the monotonic clock. `regions` has whose each address is; `bound` is what the preview states."""

    stack: str
    region: str
    planned: bool
    bound: int
    objective: int | None
    regions: Mapping[str, str]
    began: float
    lost: float = 0.0
    """When the first machine was closed, or the answers without the region were on all DNS hosts."""
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
    def allowed(self) -> int:
        """Seconds: the objective, where there is one, else what the preview states."""
        return self.bound if self.objective is None else min(self.bound, self.objective)

    @property
    def passed(self) -> bool:
        """A planned drill loses nothing; any other serves everybody again in time. Before and after it nobody fails."""
        early = [each for each in self.failed if each.ended <= self.lost]
        late = [each for each in self.failed if self.returned is not None and each.began > self.returned]
        if early or late or (self.planned and self.failed):
            return False
        return self.served_after <= self.allowed

    def whose(self, one: Try) -> str:
        """The region that was asked; empty where the name was not resolved."""
        return self.regions.get(one.address, one.address)
