"""The table of alarms, as a cluster's Prometheus operator reads it: those that it can know of one service."""

from dataclasses import replace
from typing import Any

from model.alarms import CERTIFICATE_DAYS, FREE, OPEN_FILES, Watched, alarms
from model.kubernetes import entrance
from model.kubernetes.names import made
from model.service import Service
from model.workload import Workload

EVERY = 30
"""Seconds between two looks: how often the ServiceMonitor has `/metrics` asked."""
UNKNOWN = {
    "HostDown": "nodes are the cluster's, and so are alarms about them",
    "UsersNotServed": "nothing in a cluster asks as users do, unless somebody puts a blackbox exporter there",
    "ErrorsBurn": "only the entrance's controller or the service itself counts answers, each under names of its own",
    "ErrorsBurnSlowly": "as ErrorsBurn",
    "LatencyBurn": "as ErrorsBurn",
    "LatencyBurnSlowly": "as ErrorsBurn",
    "DiskShort": "disks are the nodes'; a copy that writes more than `workload.scratch` is replaced",
    "ClockWrong": "clocks are the nodes'",
    "ReleaseUnconfirmed": "a rollout that is not well is put back by `up` itself",
    "ReleaseWentBack": "told by `up` and by `make releases`; no metric has the Deployment's annotations",
    "RebootNeeded": "nodes are the cluster's",
    "FactsOld": "no activator runs there",
}
"""Alarms of the table that are of hosts alone, and why."""


def rule(service: Service, workload: Workload, namespace: str, settle: int) -> dict[str, Any]:
    """The PrometheusRule. `settle`: the seconds that a rollout may take, for which copies may be of two releases."""
    table = {each.name: each for each in alarms(Watched(service=service.name, settle=settle))}
    found = [
        replace(table[name], expression=expression, summary=summary).rule(EVERY)
        for name, (expression, summary) in _known(service, workload, namespace).items()
    ]
    spec = {"groups": [{"name": f"slipway-{namespace}-{service.name}", "rules": found}]}
    return made("PrometheusRule", "monitoring.coreos.com/v1", service, namespace, spec=spec)


def _known(service: Service, workload: Workload, namespace: str) -> dict[str, tuple[str, str]]:
    """Expression and summary of each, by its name in the table."""
    name, where = service.name, f'namespace="{namespace}"'
    copies = f'{where},service="{name}"'
    container = f'{where},container="{name}"'
    owned = f'kube_replicaset_owner{{{where},owner_kind="Deployment",owner_name="{name}"}}'
    # The operator keeps a metric's own namespace as exported_namespace, unless cert-manager's ServiceMonitor honours labels.
    ends = (
        "certmanager_certificate_expiration_timestamp_seconds"
        f'{{name="{entrance.certificate(service, workload.entrance)}",exported_namespace=~"|{namespace}"}}'
        if workload.entrance and workload.entrance.issuer
        else None
    )
    return {
        "ServiceDown": (
            f"absent(up{{{copies}}} == 1)",
            f"{name} is not well in the cluster: none of its copies answers with its metrics",
        ),
        "MemoryShort": (
            f"container_memory_working_set_bytes{{{container}}} > {round((1 - FREE) * workload.memory_bytes)}",
            "{{ $labels.pod }} has little memory left",
        ),
        "OpenFilesShort": (
            f"process_open_fds{{{copies}}} / process_max_fds{{{copies}}} > {OPEN_FILES}",
            "{{ $labels.pod }} has most of the files open that it may",
        ),
        **(
            {
                "CertificateEnds": (
                    f"{ends} - time() < {CERTIFICATE_DAYS * 86400}",
                    "The certificate {{ $labels.name }} ends in {{ $value | humanizeDuration }}",
                )
            }
            if ends
            else {}
        ),
        "ReleasesDiffer": (
            f"count(kube_replicaset_status_ready_replicas{{{where}}} > 0 "
            f"and on (namespace, replicaset) {owned}) > 1",
            f"The copies of {name} run different releases, for longer than a rollout takes",
        ),
    }
