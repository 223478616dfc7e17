"""What is alarming about a load balancer and its hosts, and what one looks at then. Decides; creates nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from model.alarms import CERTIFICATE_DAYS

NAMESPACE = "AWS/ApplicationELB"
CERTIFICATES = "AWS/CertificateManager"
PERIOD = 60
"""Seconds; an Application Load Balancer reports every minute."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One of CloudWatch's metrics: of a load balancer, of which those about hosts are also told apart by target group, or of a
    certificate."""

    name: str
    statistic: str
    of_hosts: bool = False
    namespace: str = NAMESPACE

    def dimensions(self, balancer: str, group: str, certificate: str = "") -> dict[str, str]:
        """From the last parts of the ARNs of the first two, and the third's own."""
        if self.namespace == CERTIFICATES:
            return {"CertificateArn": certificate}
        return {"LoadBalancer": balancer} | ({"TargetGroup": group} if self.of_hosts else {})


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Rings when in `periods[0]` of the last `periods[1]` periods of `period` seconds the value compares so to `threshold`.

    The value is the only metric or, with `expression`, what that makes of `metrics` by their names. `of_table` is the alarm of
    model/alarms.py that it stands for.
    """

    name: str
    of_table: str
    description: str
    metrics: Mapping[str, Metric]
    comparison: Literal["GreaterThanThreshold", "LessThanThreshold"]
    threshold: float
    periods: tuple[int, int]
    missing: Literal["notBreaching", "breaching", "ignore"]
    expression: str | None = None
    period: int = PERIOD


FEW = 3
"""Errors in a minute that alarm somebody, whatever their share."""
REQUESTS = Metric(name="RequestCount", statistic="Sum")
HOST_ERRORS = Metric(name="HTTPCode_Target_5XX_Count", statistic="Sum")
OWN_ERRORS = Metric(name="HTTPCode_ELB_5XX_Count", statistic="Sum")
HEALTHY = Metric(name="HealthyHostCount", statistic="Maximum", of_hosts=True)
UNHEALTHY = Metric(name="UnHealthyHostCount", statistic="Maximum", of_hosts=True)
DAYS_LEFT = Metric(name="DaysToExpiry", statistic="Minimum", namespace=CERTIFICATES)
"""Written twice a day for each certificate that has not ended (https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html)."""
LATENCY = {level: Metric(name="TargetResponseTime", statistic=level) for level in ("p50", "p90", "p99")}


AGENT = "it is known on the machine alone, and CloudWatch's agent is in no archive of Debian"
ONE_WINDOW = "an alarm of CloudWatch has one window; two windows are three alarms, each with its price"
UNKNOWN = {
    "UsersNotServed": "with a front door Route 53 asks as users do, and has an alarm of its own; without one nobody outside asks",
    "ErrorsBurnSlowly": ONE_WINDOW,
    "LatencyBurnSlowly": ONE_WINDOW,
    **dict.fromkeys(("DiskShort", "MemoryShort", "OpenFilesShort", "ClockWrong"), AGENT),
    **dict.fromkeys(
        ("ReleasesDiffer", "ReleaseUnconfirmed", "ReleaseWentBack", "RebootNeeded", "FactsOld"), AGENT
    ),
}
"""Alarms of the table that CloudWatch does not have, and why."""


def alarms(latency: float, least: int | None = None, *, tls: bool = False) -> tuple[Alarm, ...]:
    """All alarms of a region; `latency` (seconds) is the most that the slowest of 100 requests may take.

    `least` is how many hosts there must be at least where some come and go: a new one is ill until it has installed itself.
    `tls`: users are shown a certificate.
    """
    return (
        Alarm(
            name="5xx",
            of_table="ErrorsBurn",
            description="More than 1 % of requests end in a 5xx, from hosts or from the load balancer itself",
            metrics={"requests": REQUESTS, "hosts": HOST_ERRORS, "own": OWN_ERRORS},
            # RequestCount leaves out requests for which there was no host; those are among the load balancer's own errors.
            # Fewer errors than that in a minute are counted as none: at night one is 100 % of all requests.
            expression=f"IF(FILL(hosts, 0) + FILL(own, 0) < {FEW}, 0, "
            "100 * (FILL(hosts, 0) + FILL(own, 0)) / (FILL(requests, 0) + FILL(own, 0)))",
            comparison="GreaterThanThreshold",
            threshold=1,
            periods=(3, 5),
            missing="notBreaching",
        ),
        _unhealthy(least),
        Alarm(
            name="no-host",
            of_table="ServiceDown",
            description="No host passes its health checks: the service is down here",
            metrics={"hosts": HEALTHY},
            comparison="LessThanThreshold",
            threshold=1,
            periods=(2, 2),
            missing="breaching",
        ),
        Alarm(
            name="p99",
            of_table="LatencyBurn",
            description=f"The slowest of 100 requests takes longer than {latency:g} s",
            metrics={"latency": LATENCY["p99"]},
            comparison="GreaterThanThreshold",
            threshold=latency,
            periods=(3, 5),
            missing="notBreaching",
        ),
        *((CERTIFICATE_ENDS,) if tls else ()),
    )


CERTIFICATE_ENDS = Alarm(
    name="certificate",
    of_table="CertificateEnds",
    description=f"The certificate ends within {CERTIFICATE_DAYS} days: it was not renewed",
    metrics={"left": DAYS_LEFT},
    comparison="LessThanThreshold",
    threshold=CERTIFICATE_DAYS,
    periods=(1, 1),
    # One that has ended says nothing any more, and is still alarming.
    missing="ignore",
    period=86_400,
)


def _unhealthy(least: int | None) -> Alarm:
    one_is_ill = least is None
    return Alarm(
        name="unhealthy",
        of_table="HostDown",
        description="A host does not pass its health checks"
        if one_is_ill
        else f"Fewer hosts pass their health checks than there must be ({least})",
        metrics={"hosts": UNHEALTHY if one_is_ill else HEALTHY},
        comparison="GreaterThanThreshold" if one_is_ill else "LessThanThreshold",
        threshold=least or 0,
        periods=(3, 3),
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
                metric.namespace,
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
