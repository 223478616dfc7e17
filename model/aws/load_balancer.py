"""What stands before a region's instances, as configured, and what follows from that."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from model.service import Health
from model.setting import Domain, Seconds, Setting


def _slow_start(seconds: int) -> int:
    if seconds and not 30 <= seconds <= 900:
        raise ValueError(
            "is neither 0 nor 30 to 900 seconds; write 0 to send a new host its full share at once"
        )
    return seconds


class LoadBalancer(Setting):
    """HTTPS where a domain is set, plain HTTP otherwise (refused for protected stacks)."""

    domain: Domain | None = None
    """Where users reach it; gets a certificate and an address record in `zone`."""
    zone: Domain | None = None
    """The hosted zone in Route 53 that `domain` lies in."""
    log_days: Annotated[int, Field(ge=1, le=3653)] = 30
    """For how many days access logs are kept."""
    alarm_email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None
    """Who is told of alarms, after confirming the mail that AWS sends once."""
    alarm_latency: Seconds = 1
    """Alarm when of 100 requests the slowest takes longer than this."""
    waf: bool | Literal["count"] | None = None
    """Whether AWS's managed rules filter requests; left out: when the stack is protected. `count` turns nobody away and only
    counts, by rule, in CloudWatch: to see beforehand whom they would refuse, such as requests without a User-Agent."""
    slow_start: Annotated[int, AfterValidator(_slow_start)] = 0
    """Seconds over which a new host's share grows. Not 0 means round robin, since AWS offers it with no other way to choose."""

    @model_validator(mode="after")
    def _domain_in_zone(self) -> Self:
        if (self.domain is None) != (self.zone is None):
            raise ValueError("needs `domain` and `zone` together, such as api.example.com in example.com")
        if self.domain and self.zone and not f".{self.domain}".endswith(f".{self.zone}"):
            raise ValueError(
                f"has the domain {self.domain}, which is not in the zone {self.zone}; name the zone that holds it"
            )
        return self

    @property
    def algorithm(self) -> str:
        """How a host is chosen. AWS refuses slow start together with least outstanding requests."""
        return "round_robin" if self.slow_start else "least_outstanding_requests"

    def filters(self, protected: bool) -> bool:
        """Whether a web ACL stands before it."""
        return protected if self.waf is None else bool(self.waf)


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How the load balancer asks a host, in whole seconds within what AWS allows."""

    interval: int
    timeout: int
    healthy: int = 2
    unhealthy: int = 2

    @property
    def until_healthy(self) -> int:
        """Seconds after which a host that is well has certainly been seen so often that it gets requests."""
        return self.interval * (self.healthy + 1)

    @property
    def until_unhealthy(self) -> int:
        """Seconds after which a host that no longer answers has certainly been seen so often that it gets no more."""
        return self.interval * self.unhealthy + self.timeout


def health_check(health: Health) -> HealthCheck:
    """Every 10 s or, where an answer may take long, as often as the service's own timeout lets (at most every 300 s).

    Timeout 2 to 120 s and interval 5 to 300 s are the limits of an HTTP target group.
    """
    timeout = min(max(math.ceil(health.timeout), 2), 120)
    return HealthCheck(timeout=timeout, interval=max(10, timeout + 5))


def idle_timeout(request_timeout: float) -> int:
    """Whole seconds that a connection may be silent: never less than a request may be. Hosts keep theirs for longer.

    AWS's default is 60 s, and it takes up to 4000 s.
    """
    return max(60, math.ceil(request_timeout))


def refusals(balancers: Mapping[str, LoadBalancer], protected: bool) -> list[str]:
    """One sentence for each region (by name) whose load balancer may not be made as it is."""
    lines = []
    owners: dict[str, str] = {}
    for region, balancer in balancers.items():
        key = f"slipway:regions.{region}.loadBalancer.domain"
        if balancer.domain is None:
            if protected:
                lines.append(
                    f"{key} is not set, so users would be served over plain HTTP, which a protected stack refuses; "
                    "set domain and zone."
                )
        elif (owner := owners.setdefault(balancer.domain, region)) != region:
            lines.append(f"{key} is {balancer.domain}, which is {owner}'s already; give each region its own.")
    return lines
