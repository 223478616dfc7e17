"""A region as the front door sees it, whatever runs there."""

from dataclasses import dataclass
from typing import Literal

from model.traffic import Traffic


@dataclass(frozen=True, kw_only=True)
class Place:
    """What every kind of region says about itself.

    `own_names` are names and addresses that lead to this region alone. `served_names` are all that it answers to; none: whatever
    comes. `port` is where users come in, and `answers` what DNS may answer with. `notices_within` is after how many seconds what
    stands before its machines has surely seen that none of them is well.
    """

    kind: Literal["aws", "machines"]
    traffic: Traffic
    machines: int
    port: int
    own_names: tuple[str, ...]
    served_names: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    tls: bool = False
    """Whether users are served over HTTPS there."""
    certified: tuple[str, ...] = ()
    """The names that its certificate is issued for."""
    notices_within: int | None = None
