"""Dashboards of Grafana over what a monitor's Prometheus knows: one of the service, one of the machines, one of the edge.

The form is Grafana's own: https://grafana.com/docs/grafana/latest/visualizations/dashboards/build-dashboards/view-dashboard-json-model/
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.alarms import WINDOWS, ratio

WIDTH, HEIGHT = 12, 8
"""Of a panel, in the units of Grafana's grid, which has 24 columns."""
RESPONSES = 'haproxy_backend_http_responses_total{proxy="$service"}'
SERVICE = "label_values(haproxy_backend_active_servers, proxy)"
"""How Grafana finds the services that there are."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """`lines`: the expression of each, by what it is called. `unit` is one of Grafana's."""

    title: str
    unit: str
    lines: dict[str, str]


PAGES: dict[str, tuple[Panel, ...]] = {
    "service": (
        Panel(
            title="Requests a second",
            unit="reqps",
            lines={"{{host}}": f"sum by (host) (rate({RESPONSES}[$__rate_interval]))"},
        ),
        Panel(
            title="Answers a second, by their kind",
            unit="reqps",
            lines={"{{code}}": f"sum by (code) (rate({RESPONSES}[$__rate_interval]))"},
        ),
        Panel(
            title="Share of errors, in the windows of the alarms",
            unit="percentunit",
            lines={window: ratio("errors", window) for _, _, long, short in WINDOWS for window in (short, long)},
        ),
        Panel(
            title="Mean of a host's last 1,024 requests",
            unit="s",
            lines={"{{host}}": 'max by (host) (haproxy_backend_total_time_average_seconds{proxy="$service"})'},
        ),
        Panel(
            title="Copies that pass their health check",
            unit="none",
            lines={"{{host}}": 'haproxy_backend_active_servers{proxy="$service"}'},
        ),
        Panel(
            title="Requests in flight",
            unit="none",
            lines={"{{host}}": 'haproxy_backend_current_sessions{proxy="$service"}'},
        ),
        Panel(
            title="Hosts by release",
            unit="none",
            lines={"{{release}} {{version}}": 'count by (release, version) (slipway_release_info{service="$service"})'},
        ),
        Panel(
            title="Releases that nobody has confirmed yet",
            unit="none",
            lines={"{{host}}": 'slipway_release_unconfirmed{service="$service"}'},
        ),
        Panel(
            title="Restarts since the unit began",
            unit="none",
            lines={"{{host}} {{unit}}": "slipway_unit_restarts"},
        ),
        Panel(
            title="Open files, of those that a process may have",
            unit="percentunit",
            lines={"{{host}} {{unit}}": "slipway_unit_open_files / slipway_unit_open_files_limit"},
        ),
    ),
    "hosts": (
        Panel(title="Answers its monitor", unit="none", lines={"{{host}}": 'up{job="node"}'}),
        Panel(
            title="Processors busy",
            unit="percentunit",
            lines={
                "{{host}}": '1 - avg by (host) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))'
            },
        ),
        Panel(
            title="Memory left",
            unit="percentunit",
            lines={"{{host}}": "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes"},
        ),
        Panel(
            title="Disk left",
            unit="percentunit",
            lines={
                "{{host}} {{mountpoint}}": 'node_filesystem_avail_bytes{fstype!~"ramfs|squashfs|iso9660"} '
                "/ node_filesystem_size_bytes"
            },
        ),
        Panel(
            title="Network, bytes a second",
            unit="Bps",
            lines={
                f"{{{{host}}}} {way}": f'sum by (host) (rate(node_network_{what}_bytes_total{{device!="lo"}}[$__rate_interval]))'
                for way, what in (("in", "receive"), ("out", "transmit"))
            },
        ),
        Panel(
            title="Clock, seconds from the monitor's",
            unit="s",
            lines={"{{host}}": "node_time_seconds - timestamp(node_time_seconds)"},
        ),
        Panel(
            title="Seconds since a host said what it runs",
            unit="s",
            lines={"{{host}}": "time() - slipway_facts_timestamp_seconds"},
        ),
    ),
    "edge": (
        Panel(title="Answers as users ask", unit="none", lines={"{{host}}": 'probe_success{job="users"}'}),
        Panel(title="Status", unit="none", lines={"{{host}}": 'probe_http_status_code{job="users"}'}),
        Panel(
            title="Seconds of an answer, by what they went into",
            unit="s",
            lines={"{{host}} {{phase}}": 'probe_http_duration_seconds{job="users"}'},
        ),
        Panel(
            title="Certificate: time left",
            unit="s",
            lines={"{{host}}": "probe_ssl_earliest_cert_expiry - time()"},
        ),
        Panel(
            title="Processors busy",
            unit="percentunit",
            lines={
                "{{host}}": '1 - avg by (host) (rate(node_cpu_seconds_total{role="edge",mode="idle"}[$__rate_interval]))'
            },
        ),
        Panel(
            title="Connections",
            unit="none",
            lines={"{{host}}": 'node_netstat_Tcp_CurrEstab{role="edge"}'},
        ),
    ),
}  # fmt: skip


def dashboard(name: str) -> dict[str, Any]:
    """As Grafana imports it. Where its data is, whoever imports it chooses."""
    source = {"type": "prometheus", "uid": "${datasource}"}
    variables: list[dict[str, Any]] = [
        {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"}
    ]
    if name == "service":
        variables.append(
            {
                "name": "service",
                "type": "query",
                "datasource": source,
                "query": {"query": SERVICE, "refId": "service"},
                "refresh": 1,
            }
        )
    return {
        "uid": f"slipway-{name}",
        "title": f"Slipway: {name}",
        "tags": ["slipway"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "links": [{"type": "dashboards", "tags": ["slipway"], "title": "others", "asDropdown": False}],
        "templating": {"list": variables},
        "panels": [_panel(number, each, source) for number, each in enumerate(PAGES[name])],
    }


def _panel(number: int, panel: Panel, source: dict[str, str]) -> dict[str, Any]:
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": source,
        "gridPos": {"x": WIDTH * (number % 2), "y": HEIGHT * (number // 2), "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + nth), "datasource": source, "expr": expression, "legendFormat": legend}
            for nth, (legend, expression) in enumerate(panel.lines.items())
        ],
    }


def text(name: str) -> str:
    """The file, as it is in docs/grafana."""
    return json.dumps(dashboard(name), indent=2) + "\n"


if __name__ == "__main__":
    for each in PAGES:
        (Path(sys.argv[1]) / f"{each}.json").write_text(text(each))
