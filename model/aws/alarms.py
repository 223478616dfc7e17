"""What is alarming about a load balancer and its hosts, and what one looks at then. Decides; creates nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

NAMESPACE = "AWS/ApplicationELB"
PERIOD = 60
"""Seconds; an Application Load Balancer reports every minute."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One of CloudWatch's metrics of a load balancer. Those about hosts are also told apart by target group."""

    name: str
    statistic: str
    of_hosts: bool = False

    def dimensions(self, balancer: str, group: str) -> dict[str, str]:
        """From the last parts of both ARNs."""
        return {"LoadBalancer": balancer} | ({"TargetGroup": group} if self.of_hosts else {})


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Rings when in `minutes[0]` of the last `minutes[1]` minutes the value compares so to `threshold`.

    The value is the only metric or, with `expression`, what that makes of `metrics` by their names.
    """

    name: str
    description: str
    metrics: Mapping[str, Metric]
    comparison: Literal["GreaterThanThreshold", "LessThanThreshold"]
    threshold: float
    minutes: tuple[int, int]
    missing: Literal["notBreaching", "breaching"]
    expression: str | None = None


FEW = 3
"""Errors in a minute that alarm somebody, whatever their share."""
REQUESTS = Metric(name="RequestCount", statistic="Sum")
HOST_ERRORS = Metric(name="HTTPCode_Target_5XX_Count", statistic="Sum")
OWN_ERRORS = Metric(name="HTTPCode_ELB_5XX_Count", statistic="Sum")
HEALTHY = Metric(name="HealthyHostCount", statistic="Maximum", of_hosts=True)
UNHEALTHY = Metric(name="UnHealthyHostCount", statistic="Maximum", of_hosts=True)
LATENCY = {level: Metric(name="TargetResponseTime", statistic=level) for level in ("p50", "p90", "p99")}


def alarms(latency: float, least: int | None = None) -> tuple[Alarm, ...]:
    """All alarms of a region; `latency` (seconds) is the most that the slowest of 100 requests may take.

    `least` is how many hosts there must be at least where some come and go: a new one is ill until it has installed itself.
    """
    return (
        Alarm(
            name="5xx",
            description="More than 1 % of requests end in a 5xx, from hosts or from the load balancer itself",
            metrics={"requests": REQUESTS, "hosts": HOST_ERRORS, "own": OWN_ERRORS},
            # RequestCount leaves out requests for which there was no host; those are among the load balancer's own errors.
            # Fewer errors than that in a minute are counted as none: at night one is 100 % of all requests.
            expression=f"IF(FILL(hosts, 0) + FILL(own, 0) < {FEW}, 0, "
            "100 * (FILL(hosts, 0) + FILL(own, 0)) / (FILL(requests, 0) + FILL(own, 0)))",
            comparison="GreaterThanThreshold",
            threshold=1,
            minutes=(3, 5),
            missing="notBreaching",
        ),
        _unhealthy(least),
        Alarm(
            name="no-host",
            description="No host passes its health checks: the service is down here",
            metrics={"hosts": HEALTHY},
            comparison="LessThanThreshold",
            threshold=1,
            minutes=(2, 2),
            missing="breaching",
        ),
        Alarm(
            name="p99",
            description=f"The slowest of 100 requests takes longer than {latency:g} s",
            metrics={"latency": LATENCY["p99"]},
            comparison="GreaterThanThreshold",
            threshold=latency,
            minutes=(3, 5),
            missing="notBreaching",
        ),
    )


def _unhealthy(least: int | None) -> Alarm:
    one_is_ill = least is None
    return Alarm(
        name="unhealthy",
        description="A host does not pass its health checks"
        if one_is_ill
        else f"Fewer hosts pass their health checks than there must be ({least})",
        metrics={"hosts": UNHEALTHY if one_is_ill else HEALTHY},
        comparison="GreaterThanThreshold" if one_is_ill else "LessThanThreshold",
        threshold=least or 0,
        minutes=(3, 3),
        missing="notBreaching",
    )


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """The page that one opens when an alarm rings; `balancer` and `group` are the last parts of their ARNs."""

    region: str
    balancer: str
    group: str
    alarms: Sequence[str] = field(default=())
    """ARNs."""

    @property
    def body(self) -> dict[str, Any]:
        """In CloudWatch's own form ("Dashboard body structure and syntax"): a grid of 24 columns."""
        charts = [
            ("Requests", [REQUESTS]),
            ("Errors (5xx)", [HOST_ERRORS, OWN_ERRORS]),
            ("Response time of hosts, in seconds", list(LATENCY.values())),
            ("Hosts", [HEALTHY, UNHEALTHY]),
        ]
        state = {
            "type": "alarm", "x": 0, "y": 0, "width": 24, "height": 2,
            "properties": {"title": "Alarms", "alarms": list(self.alarms)},
        }  # fmt: skip
        return {"widgets": [state, *(self._chart(n, *chart) for n, chart in enumerate(charts))]}

    def _chart(self, number: int, title: str, metrics: Sequence[Metric]) -> dict[str, Any]:
        lines = [
            [
                NAMESPACE,
                metric.name,
                *(part for pair in metric.dimensions(self.balancer, self.group).items() for part in pair),
                {"stat": metric.statistic},
            ]
            for metric in metrics
        ]
        place = {"x": 12 * (number % 2), "y": 2 + 6 * (number // 2), "width": 12, "height": 6}
        shown = {
            "title": title,
            "region": self.region,
            "period": PERIOD,
            "view": "timeSeries",
            "metrics": lines,
        }
        return {"type": "metric", **place, "properties": shown}
