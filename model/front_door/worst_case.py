"""How long users of a lost region wait at the most, and why. The sum is what a front door may promise."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from model.front_door.front_door import FrontDoor
from model.place import Place

ROUTE53_CONNECT, ROUTE53_ANSWER = 4, 2
"""Seconds that a checker waits for a connection, and then for a 2xx or 3xx (Route 53 Developer Guide, "How Amazon Route 53
determines whether a health check is healthy"). A region is lost when 18 % of the checkers or fewer see it healthy, which the
slowest decides at the worst. The interval begins when a check has ended (API Reference, HealthCheckConfig, RequestInterval)."""
ROUTE53_SPREADING = 60
"""Seconds until all of Route 53's servers answer differently. AWS names that time for a changed record ("Editing records") and
none for what a check found, so it is taken for both."""
ALIAS_TTL = 60
"""Seconds for which an alias of a load balancer may be kept; nobody can change it (Route 53 FAQ, "DNS failover")."""
ACCELERATOR_MOVES = 30
"""Seconds in which Global Accelerator sends new connections elsewhere once a load balancer is unhealthy (Developer Guide, "How
failover works for unhealthy endpoints": about 30 seconds)."""
POWERDNS_ASKS = 1
"""Seconds between two looks of PowerDNS at what the checks of its own host say (lua-health-checks-interval, 1 at the least)."""
RESOLVER_RETRY = 5
"""Seconds until a resolver asks the next server, since a lost region may take one along (RFC 1035, 4.2.1: 2 to 5 seconds)."""

SERVED_WITHIN = "serves users of a lost region again within"
"""Between the front door's URL and its worst case, wherever somebody is told of it."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that is waited for."""

    what: str
    seconds: float
    sum: str = ""

    def __str__(self) -> str:
        return f"{self.seconds:g} s {self.what}" + (f" ({self.sum})" if self.sum else "")


@dataclass(frozen=True, kw_only=True)
class WorstCase:
    """Step after step, from the moment a region is lost to the moment its last user is served again."""

    steps: tuple[Step, ...]

    @property
    def seconds(self) -> int:
        """In whole seconds, rounded up."""
        return math.ceil(sum(step.seconds for step in self.steps))

    def __str__(self) -> str:
        return f"{self.seconds} s: " + ", ".join(str(step) for step in self.steps)


def worst_case(door: FrontDoor, places: Iterable[Place]) -> WorstCase:
    """Of the loss of any one region, for clients that ask again when an answer is too old or nobody accepts them.

    Not in it: a resolver that keeps answers for longer than it may, and a connection that stays open to what is gone.
    """
    return WorstCase(
        steps=(
            *_STEPS[door.mechanism](door, places),
            Step(what="until clients give up a connection", seconds=door.client_timeout),
        )
    )


def drained_within(door: FrontDoor) -> int:
    """Seconds after which nobody is sent to a region that has been drained, beside those whose connections stay open."""
    spreading = {"route53": ROUTE53_SPREADING + ALIAS_TTL, "globalAccelerator": ACCELERATOR_MOVES}
    return spreading.get(door.mechanism, door.answers_for)


def emptied_within(door: FrontDoor, request: float) -> float:
    """Seconds until a drained region has nothing more to answer, `request` being how long one may take."""
    return drained_within(door) + door.client_timeout + request


def _route53(door: FrontDoor, places: Iterable[Place]) -> tuple[Step, ...]:
    each = ROUTE53_CONNECT + ROUTE53_ANSWER
    return (
        _seen(
            door.threshold,
            door.interval,
            each,
            f"{ROUTE53_CONNECT} to connect and {ROUTE53_ANSWER} to answer",
        ),
        Step(what="until all of Route 53's servers know", seconds=ROUTE53_SPREADING),
        Step(what="until answers are too old", seconds=ALIAS_TTL, sum="an alias's TTL"),
    )


def _accelerator(door: FrontDoor, places: Iterable[Place]) -> tuple[Step, ...]:
    notices = max((place.notices_within or 0 for place in places), default=0)
    return (
        Step(what="until the load balancer's checks have failed", seconds=notices),
        Step(what="until Global Accelerator moves new connections", seconds=ACCELERATOR_MOVES),
    )


def _dns(door: FrontDoor, places: Iterable[Place]) -> tuple[Step, ...]:
    return (
        _seen(door.threshold, door.interval, door.timeout, f"{door.timeout} to answer"),
        Step(what="until PowerDNS has looked at its host's checks", seconds=POWERDNS_ASKS),
        Step(what="until answers are too old", seconds=door.answers_for, sum="ttl"),
        Step(what="until resolvers ask the next DNS host", seconds=RESOLVER_RETRY),
    )


def _seen(threshold: int, interval: int, each: int, what: str) -> Step:
    """The last good check may have ended just before the loss; then each one waits its interval and its time to fail."""
    seconds = threshold * (interval + each)
    checks = "1 check" if threshold == 1 else f"{threshold} checks"
    return Step(what="until the loss is seen", seconds=seconds, sum=f"{checks} of {interval} s and {what}")


_STEPS = {"route53": _route53, "globalAccelerator": _accelerator, "dns": _dns}
