"""For each alarm what it looks at when it fires, and when it does not: in the words of `promtool test rules`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Series = dict[str, str]
WEEK = "x2400"
GOOD = 'haproxy_backend_http_responses_total{proxy="greeter",code="2xx",host="a"}'
BAD = 'haproxy_backend_http_responses_total{proxy="greeter",code="5xx",host="a"}'
MEAN = 'haproxy_backend_total_time_average_seconds{proxy="greeter",host="a"}'
CASES: dict[str, tuple[Series, ...]] = {
    "HostDown": ({'up{job="node",host="a"}': "0x120"}, {'up{job="node",host="a"}': "0 1x120"}),
    "ServiceDown": (
        {'haproxy_backend_active_servers{proxy="greeter",host="a"}': "0x120"},
        {'haproxy_backend_active_servers{proxy="greeter",host="a"}': "1x120"},
    ),
    "UsersNotServed": (
        {'probe_success{job="users",instance="u"}': "0x120"},
        {'probe_success{job="users",instance="u"}': "1x120"},
    ),
    # 2 % of errors is twenty times what 99.9 % allows; 0.3 % is three times, which is a ticket; 0.05 % is half.
    "ErrorsBurn": ({GOOD: f"0+980{WEEK}", BAD: f"0+20{WEEK}"}, {GOOD: f"0+997{WEEK}", BAD: f"0+3{WEEK}"}),
    "ErrorsBurnSlowly": (
        {GOOD: f"0+997{WEEK}", BAD: f"0+3{WEEK}"},
        {GOOD: f"0+1999{WEEK}", BAD: f"0+1{WEEK}"},
    ),
    "LatencyBurn": ({GOOD: f"0+100{WEEK}", MEAN: f"2{WEEK}"}, {GOOD: f"0+100{WEEK}", MEAN: f"0.2{WEEK}"}),
    # Slow, but nobody asks.
    "LatencyBurnSlowly": ({GOOD: f"0+100{WEEK}", MEAN: f"2{WEEK}"}, {GOOD: f"100{WEEK}", MEAN: f"2{WEEK}"}),
    "DiskShort": (
        {'node_filesystem_avail_bytes{host="a",fstype="ext4"}': "9x120"}
        | {
            'node_filesystem_size_bytes{host="a",fstype="ext4"}': "100x120",
            'node_filesystem_readonly{host="a",fstype="ext4"}': "0x120",
        },
        {'node_filesystem_avail_bytes{host="a",fstype="ext4"}': "11x120"}
        | {
            'node_filesystem_size_bytes{host="a",fstype="ext4"}': "100x120",
            'node_filesystem_readonly{host="a",fstype="ext4"}': "0x120",
        },
    ),
    "MemoryShort": (
        {
            'node_memory_MemAvailable_bytes{host="a"}': "9x120",
            'node_memory_MemTotal_bytes{host="a"}': "100x120",
        },
        {
            'node_memory_MemAvailable_bytes{host="a"}': "11x120",
            'node_memory_MemTotal_bytes{host="a"}': "100x120",
        },
    ),
    "OpenFilesShort": (
        {'slipway_unit_open_files{host="a"}': "81x120", 'slipway_unit_open_files_limit{host="a"}': "100x120"},
        {'slipway_unit_open_files{host="a"}': "79x120", 'slipway_unit_open_files_limit{host="a"}': "100x120"},
    ),
    "CertificateEnds": (
        {'probe_ssl_earliest_cert_expiry{instance="u"}': "1000000x120"},
        {'probe_ssl_earliest_cert_expiry{instance="u"}': "2000000x120"},
    ),
    "ClockWrong": (
        {'node_time_seconds{host="a"}': "5+60x120"},
        {'node_time_seconds{host="a"}': "0.5+60x120"},
    ),
    "ReleasesDiffer": (
        {
            f'slipway_release_info{{service="greeter",release="{each}",host="{each}"}}': "1x120"
            for each in "ab"
        },
        {f'slipway_release_info{{service="greeter",release="a",host="{each}"}}': "1x120" for each in "ab"},
    ),
    "ReleaseUnconfirmed": (
        {
            'slipway_release_unconfirmed{service="greeter",host="a"}': "1x120",
            'slipway_release_goes_back_seconds{service="greeter",host="a"}': "59x120",
        },
        {'slipway_release_unconfirmed{service="greeter",host="a"}': "1x120"},
        {
            'slipway_release_unconfirmed{service="greeter",host="a"}': "1x120",
            'slipway_release_goes_back_seconds{service="greeter",host="a"}': "90x120",
            'slipway_release_unconfirmed{service="greeter",host="b"}': "0x120",
        },
    ),
    "ReleaseWentBack": (
        {'slipway_release_reverted_timestamp_seconds{service="greeter",host="a"}': "3000x120"},
        {'slipway_release_reverted_timestamp_seconds{service="greeter",host="a"}': "1000x120"},
    ),
    "RebootNeeded": (
        {'slipway_reboot_required{service="greeter",host="a"}': "1x120"},
        {'slipway_reboot_required{service="greeter",host="a"}': "0 1x29 0x90"},
    ),
    "FactsOld": (
        {'slipway_facts_timestamp_seconds{service="greeter",host="a"}': "3000x120"},
        {'slipway_facts_timestamp_seconds{service="greeter",host="a"}': "3500x120"},
    ),
}
"""By alarm: series with which it fires an hour later (burn rates: three days), and last those with which it does not."""
COPIES = 'namespace="greeter",service="greeter",pod="a"'
OTHERS = COPIES.replace('"a"', '"b"')
CONTAINER = 'container_memory_working_set_bytes{namespace="greeter",container="greeter",pod="a"}'
CERTIFICATE = "certmanager_certificate_expiration_timestamp_seconds"
OF_TWO = {
    f'kube_replicaset_owner{{namespace="greeter",replicaset="{each}",owner_kind="Deployment",owner_name="greeter"}}': "1x120"
    for each in "ab"
}
READY = 'kube_replicaset_status_ready_replicas{namespace="greeter",replicaset='
IN_A_CLUSTER: dict[str, tuple[Series, ...]] = {
    # Those of others are up all the time.
    "ServiceDown": (
        {f"up{{{COPIES}}}": "0x120", 'up{namespace="other",service="greeter"}': "1x120"},
        {f"up{{{COPIES}}}": "1x120", f"up{{{OTHERS}}}": "0x120"},
    ),
    "MemoryShort": ({CONTAINER: f"{241 << 20}x120"}, {CONTAINER: f"{230 << 20}x120"}),
    "OpenFilesShort": (
        {f"process_open_fds{{{COPIES}}}": "81x120", f"process_max_fds{{{COPIES}}}": "100x120"},
        {f"process_open_fds{{{COPIES}}}": "79x120", f"process_max_fds{{{COPIES}}}": "100x120"},
    ),
    "CertificateEnds": (
        {f'{CERTIFICATE}{{name="greeter-tls",exported_namespace="greeter"}}': "1000000x120"},
        {
            f'{CERTIFICATE}{{name="greeter-tls",namespace="greeter"}}': "2000000x120",
            f'{CERTIFICATE}{{name="greeter-tls",exported_namespace="other"}}': "1000000x120",
        },
    ),
    "ReleasesDiffer": (
        {**OF_TWO, f'{READY}"a"}}': "1x120", f'{READY}"b"}}': "2x120"},
        {**OF_TWO, f'{READY}"a"}}': "0x120", f'{READY}"b"}}': "2x120", f'{READY}"c"}}': "1x120"},
    ),
}
"""The same for copies in a cluster."""
LONG = ("ErrorsBurn", "ErrorsBurnSlowly", "LatencyBurn", "LatencyBurnSlowly")


def tests(cases: Mapping[str, tuple[Series, ...]], *, long: bool = False) -> dict[str, Any]:
    """A file for promtool, which finds the rules beside it as rules.yml: of burn rates or of all others."""
    found = []
    when, between, evaluated = ("74h", "2m", "15m") if long else ("1h", "1m", "1m")
    for name, of in ((name, of) for name, of in cases.items() if (name in LONG) == long):
        for fires, series in zip((*[True] * (len(of) - 1), False), of, strict=True):
            asked = f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)'
            found.append(
                {
                    "name": f"{name} {'fires' if fires else 'does not fire'}",
                    "interval": between,
                    "input_series": [{"series": each, "values": values} for each, values in series.items()],
                    "promql_expr_test": [
                        {
                            "expr": asked,
                            "eval_time": when,
                            "exp_samples": [{"labels": "{}", "value": int(fires)}],
                        }
                    ],
                }
            )
    return {"rule_files": ["rules.yml"], "evaluation_interval": evaluated, "tests": found}
