"""What is alarming about a service and the machines that it runs on: one table, with what the Prometheus asks that watches hosts.

What CloudWatch and a cluster can know of it is in model/aws/alarms.py and model/kubernetes/alarms.py. Decides; knows no file and
no object.
"""

from dataclasses import dataclass
from typing import Any, Literal

RUNBOOKS = "docs/runbooks.md"
Severity = Literal["page", "ticket"]

WINDOWS: tuple[tuple[Severity, float, str, str], ...] = (
    ("page", 14.4, "1h", "5m"),
    ("page", 6, "6h", "30m"),
    ("ticket", 1, "3d", "6h"),
)
"""Severity, burn rate, long and short window: 2 % of a month's errors in an hour, 5 % in six, 10 % in three days.

The Site Reliability Workbook, chapter 5, table 5-8 ("Recommended time windows and burn rates"); the short window is a twelfth.
"""
FREE = 0.1
"""Of disk and memory: below it, it is short."""
OPEN_FILES = 0.8
"""Of what a process, or the machine, may have open."""
CERTIFICATE_DAYS = 14
"""Left of a certificate. Let's Encrypt's are renewed when 30 of 90 are left: two weeks of tries have failed by then."""
CLOCK_SECONDS = 1
"""Between a machine's clock and the monitor's: more than a scrape takes, less than what tokens and certificates mind."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What the expressions need to know.

    `objective`: percent of the requests that must end well, and of the time in which they must take less than `slow` seconds.
    `settle`: the seconds for which hosts may run different releases.
    """

    service: str
    objective: float = 99.9
    slow: float = 1
    settle: int = 900


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """`expression` is PromQL.

    It fires when that has held for so many evaluations in a row or, where how often one looks says nothing, so many `seconds`.
    """

    name: str
    expression: str
    evaluations: int = 0
    seconds: int = 0
    severity: Severity
    summary: str
    runbook: str

    def rule(self, every: int) -> dict[str, Any]:
        """As Prometheus reads it; `every` are the seconds between two evaluations."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": f"{self.seconds or self.evaluations * every}s",
            "labels": {"severity": self.severity},
            "annotations": {"summary": self.summary, "runbook": f"{RUNBOOKS}#{self.runbook}"},
        }


def ratio(name: str, window: str) -> str:
    """The name under which a share of errors in a window is recorded."""
    return f"slipway:{name}:ratio{window}"


def recorded(watched: Watched) -> list[dict[str, str]]:
    """What the burn rates are made from, evaluated once for all of them."""
    all = f'haproxy_backend_http_responses_total{{proxy="{watched.service}"}}'
    bad = all.replace("}", ',code="5xx"}')
    mean = f'haproxy_backend_total_time_average_seconds{{proxy="{watched.service}"}}'
    windows = dict.fromkeys(window for _, _, long, short in WINDOWS for window in (short, long))
    errors = [
        {"record": ratio("errors", each), "expr": f"sum(rate({bad}[{each}])) / sum(rate({all}[{each}]))"}
        for each in windows
    ]
    # The proxy's mean of its last 1,024 requests says nothing new while nobody asks.
    asked = f"sum by (host) (rate({all}[5m])) > bool 0"
    slow = f"avg(max by (host) ({mean} > bool {watched.slow:g}) * ({asked}))"
    return [
        *errors,
        {"record": "slipway:slow", "expr": slow},
        *(
            {"record": ratio("slow", each), "expr": f"avg_over_time(slipway:slow[{each}])"}
            for each in windows
        ),
    ]


def burns(name: str, severity: Severity, objective: float) -> str:
    """Whether errors use the month's allowance up too soon: over a long window, and still over a short one."""
    allowed = round(1 - objective / 100, 9)
    found = [
        f"({ratio(name, long)} > {burn * allowed:.6g} and {ratio(name, short)} > {burn * allowed:.6g})"
        for of, burn, long, short in WINDOWS
        if of == severity
    ]
    return " or ".join(found)


def alarms(watched: Watched) -> tuple[Alarm, ...]:
    """All of them."""
    service = watched.service
    return (
        Alarm(
            name="HostDown",
            expression='up{job="node"} == 0',
            evaluations=4,
            severity="page",
            summary="{{ $labels.host }} cannot be reached by its monitor",
            runbook="a-host-is-lost",
        ),
        Alarm(
            name="ServiceDown",
            expression=f'haproxy_backend_active_servers{{proxy="{service}"}} == 0',
            evaluations=2,
            severity="page",
            summary=f"{service} is not well on {{{{ $labels.host }}}}: none of its copies passes its health check",
            runbook="a-service-is-down",
        ),
        Alarm(
            name="UsersNotServed",
            expression='probe_success{job="users"} == 0',
            evaluations=2,
            severity="page",
            summary=f"{service} does not answer at {{{{ $labels.instance }}}}, asked as users ask",
            runbook="a-service-is-down",
        ),
        *(
            Alarm(
                name=f"{what}Burn{'' if severity == 'page' else 'Slowly'}",
                expression=burns(name, severity, watched.objective),
                severity=severity,
                summary=f"{says} so {'fast' if severity == 'page' else 'steadily'} that the objective of "
                f"{watched.objective:g} % a month is in danger",
                runbook="a-release-fails-its-users",
            )
            for what, name, says in (
                ("Errors", "errors", f"{service} fails"),
                ("Latency", "slow", f"{service} takes longer than {watched.slow:g} s"),
            )
            for severity in ("page", "ticket")
        ),
        Alarm(
            name="DiskShort",
            expression='node_filesystem_avail_bytes{fstype!~"ramfs|squashfs|iso9660"} / node_filesystem_size_bytes '
            f"< {FREE} and node_filesystem_readonly == 0",
            evaluations=8,
            severity="page",
            summary="{{ $labels.mountpoint }} on {{ $labels.host }} has {{ $value | humanizePercentage }} free",
            runbook="a-disk-fills-up",
        ),
        Alarm(
            name="MemoryShort",
            expression=f"node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < {FREE}",
            evaluations=8,
            severity="ticket",
            summary="{{ $labels.host }} has little memory left",
            runbook="memory-or-open-files-run-out",
        ),
        Alarm(
            name="OpenFilesShort",
            expression=f"slipway_unit_open_files / slipway_unit_open_files_limit > {OPEN_FILES} "
            f"or node_filefd_allocated / node_filefd_maximum > {OPEN_FILES}",
            evaluations=8,
            severity="ticket",
            summary="{{ $labels.host }}{{ $labels.unit }} has most of the files open that it may",
            runbook="memory-or-open-files-run-out",
        ),
        Alarm(
            name="CertificateEnds",
            expression=f"probe_ssl_earliest_cert_expiry - time() < {CERTIFICATE_DAYS * 86400}",
            evaluations=2,
            severity="ticket",
            summary="The certificate at {{ $labels.instance }} ends in {{ $value | humanizeDuration }}",
            runbook="a-certificate-ends",
        ),
        Alarm(
            name="ClockWrong",
            expression=f"abs(node_time_seconds - timestamp(node_time_seconds)) > {CLOCK_SECONDS}",
            evaluations=4,
            severity="ticket",
            summary="The clock of {{ $labels.host }} is {{ $value | humanizeDuration }} from the monitor's",
            runbook="a-clock-is-wrong",
        ),
        Alarm(
            name="ReleasesDiffer",
            expression=f'count(count by (release) (slipway_release_info{{service="{service}"}})) > 1',
            seconds=watched.settle,
            severity="ticket",
            summary=f"The hosts of {service} run different releases, for longer than a release takes",
            runbook="hosts-run-different-releases",
        ),
        Alarm(
            name="ReleaseUnconfirmed",
            # A reboot ends the timer: then nobody says for how long yet, and it stays as it is.
            expression="slipway_release_unconfirmed == 1 unless slipway_release_goes_back_seconds >= 60",
            severity="ticket",
            summary="Nobody has confirmed the release of {{ $labels.service }} on {{ $labels.host }}, which goes back by itself "
            "unless it was rebooted meanwhile",
            runbook="hosts-run-different-releases",
        ),
        Alarm(
            name="ReleaseWentBack",
            expression="time() - slipway_release_reverted_timestamp_seconds < 900",
            severity="ticket",
            summary="{{ $labels.service }} on {{ $labels.host }} went back to the release before",
            runbook="a-release-fails-its-users",
        ),
        Alarm(
            name="RebootNeeded",
            expression="max by (host) (slipway_reboot_required) == 1",
            seconds=3600,
            severity="ticket",
            summary="{{ $labels.host }} wants to be rebooted after an update",
            runbook="a-host-wants-to-be-rebooted",
        ),
        Alarm(
            name="FactsOld",
            expression="time() - slipway_facts_timestamp_seconds > 300",
            severity="ticket",
            summary="{{ $labels.host }} has not said for five minutes what it runs",
            runbook="somebody-changed-a-host-by-hand",
        ),
    )
