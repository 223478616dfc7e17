"""What stands before a region's instances, as configured, and what follows from that."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from model.aws.access import Ranges
from model.aws.managed_rules import ManagedRule
from model.aws.network import LogDays
from model.door import PRIVATE
from model.service import Health
from model.setting import ONCE, Domain, Seconds, Setting


def _slow_start(seconds: int) -> int:
    if seconds and not 30 <= seconds <= 900:
        raise ValueError(
            "is neither 0 nor 30 to 900 seconds; write 0 to send a new host its full share at once"
        )
    return seconds


CertificateArn = Annotated[str, Field(pattern=r"^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]{36}$")]
LONGEST_STICKINESS = 604_800
"""Seconds; a week (ELB API reference, `stickiness.lb_cookie.duration_seconds`)."""


class LoadBalancer(Setting):
    """HTTPS where a domain is set, plain HTTP otherwise (refused for protected stacks)."""

    domain: Domain | None = None
    """Where users reach it; gets a certificate and an address record in `zone`."""
    zone: Domain | None = None
    """The hosted zone in Route 53 that `domain` lies in."""
    names: tuple[Domain, ...] = ()
    """Further names, with the same certificate and a record each; in `zone`, too."""
    zone_id: Annotated[str, Field(pattern=r"^Z[A-Z0-9]{1,31}$")] | None = None
    """The zone's id, where its name alone does not say which: several have it, or it is a private one, which
    needs a `certificate`."""
    certificate: CertificateArn | None = None
    """One of ACM that is there, in the same region and for all names, in place of one that is made. `zone` may then be left out;
    whoever looks after the names lets them point at the load balancer."""
    internal: bool = False
    """Whether it has private addresses alone, for users inside the network and those connected with it."""
    accept: Ranges | None = None
    """From where users may come; left out: from anywhere or, where it is `internal`, from private addresses."""
    stickiness: Annotated[int, Field(ge=1, le=LONGEST_STICKINESS)] | None = None
    """Seconds for which a browser comes back to the same host, by a cookie, as long as that host is well."""
    log_days: Annotated[int, Field(ge=1, le=3653)] = 30
    """For how many days access logs are kept."""
    alarm_email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None
    """Who is told of alarms, after confirming the mail that AWS sends once."""
    alarm_latency: Seconds = 1
    """Alarm when of 100 requests the slowest takes longer than this."""
    waf: bool | Literal["count"] | None = None
    """Whether AWS's managed rules filter requests; left out: when the stack is protected. `count` turns nobody away and only
    counts, by rule, in CloudWatch: to see beforehand whom they would refuse, such as requests without a User-Agent."""
    waf_except: Annotated[tuple[ManagedRule, ...], ONCE] = ()
    """Managed rules that count and turn nobody away while all others do, such as `NoUserAgent_HEADER`."""
    waf_log_days: LogDays | None = None
    """For how many days CloudWatch keeps the requests that a managed rule refused or counted; left out: none are kept."""
    slow_start: Annotated[int, AfterValidator(_slow_start)] = 0
    """Seconds over which a new host's share grows. Not 0 means round robin, since AWS offers it with no other way to choose."""

    @model_validator(mode="after")
    def _domain_in_zone(self) -> Self:
        if self.certificate and not self.domain:
            raise ValueError(
                "has a certificate, but no `domain` that it is for; write the name that users use"
            )
        if not self.certificate and (self.domain is None) != (self.zone is None):
            raise ValueError("needs `domain` and `zone` together, such as api.example.com in example.com")
        if self.zone is None and (self.zone_id or (self.names and not self.certificate)):
            raise ValueError("has names or a zoneId, but no `domain` and `zone`; write those, too")
        for name in self.all_names if self.zone else ():
            if not f".{name}".endswith(f".{self.zone}"):
                raise ValueError(
                    f"has the domain {name}, which is not in the zone {self.zone}; name the zone that holds it"
                )
        if len(set(self.all_names)) < len(self.all_names):
            raise ValueError("names a domain twice; write each once")
        return self

    @model_validator(mode="after")
    def _rules_that_stand_there(self) -> Self:
        if self.waf is False and (self.waf_except or self.waf_log_days):
            raise ValueError("has wafExcept or wafLogDays with `waf: false`; leave out either")
        return self

    @property
    def all_names(self) -> tuple[str, ...]:
        """Those by which users reach it."""
        return (self.domain, *self.names) if self.domain else ()

    @property
    def accepted(self) -> tuple[str, ...] | None:
        """The ranges that users come from; None: everywhere."""
        return self.accept or (PRIVATE if self.internal else None)

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


def behind_a_door(balancers: Mapping[str, LoadBalancer], door: str) -> list[str]:
    """One sentence for each that the front door of that name cannot lead to."""
    lines = []
    for region, balancer in balancers.items():
        key = f"slipway:regions.{region}.loadBalancer"
        if balancer.internal or balancer.accept:
            lines.append(
                f"{key} is not open to everybody, but slipway:frontDoor leads everybody there, and its health checks come from "
                "outside; remove internal and accept, or the front door."
            )
        if door in balancer.names:
            lines.append(
                f"{key}.names has {door}, which is slipway:frontDoor.name; leave it to the front door."
            )
        if balancer.certificate:
            lines.append(
                f"{key}.certificate is there already, and nobody here knows whether it is valid for slipway:frontDoor.name, too; "
                "remove it, and one for both names is made."
            )
    return lines


def refusals(balancers: Mapping[str, LoadBalancer], protected: bool) -> list[str]:
    """One sentence for each region (by name) whose load balancer may not be made as it is."""
    lines = []
    owners: dict[str, str] = {}
    for region, balancer in balancers.items():
        key = f"slipway:regions.{region}.loadBalancer.domain"
        if balancer.domain is None and protected:
            lines.append(
                f"{key} is not set, so users would be served over plain HTTP, which a protected stack refuses; "
                "set domain and zone."
            )
        for name in balancer.all_names:
            if (owner := owners.setdefault(name, region)) != region:
                lines.append(f"{key} is {name}, which is {owner}'s already; give each region its own.")
        if balancer.certificate and balancer.certificate.split(":")[3] != region:
            lines.append(
                f"slipway:regions.{region}.loadBalancer.certificate is of {balancer.certificate.split(':')[3]}, but a load "
                "balancer takes those of its own region alone; name one of there."
            )
    return lines
