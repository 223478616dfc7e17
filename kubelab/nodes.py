"""Nodes and copies that are pretended by kwok: the API sees them as real, nothing runs on them."""

from typing import Any

ZONES = ("lab-a", "lab-b", "lab-c")
ARCHITECTURES = ("amd64", "arm64")
PRETENDED = ("kwok.x-k8s.io/node", "fake")
"""An annotation of the nodes that kwok looks after, as its manual has it."""
NEVER_WELL = "/never"
"""A copy whose readiness is asked at this path never becomes ready: how tests fail a release."""
LOG_LINE = "kwok: no process runs here; this line stands for the log of a copy"
LOGGED = f"2026-01-01T00:00:00.000000000Z stdout F {LOG_LINE}\n"
"""The same as a container runtime writes it, which the API reads."""
_STAGES = "kwok.x-k8s.io/v1alpha1"
_ALIVE = {"key": ".metadata.deletionTimestamp", "operator": "DoesNotExist"}
_ROOM = {"cpu": "8", "memory": "16Gi", "pods": "110", "ephemeral-storage": "100Gi"}


def nodes() -> list[dict[str, Any]]:
    """One of each architecture in each zone."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": f"{architecture}-{zone}",
                "annotations": dict([PRETENDED]),
                "labels": {
                    "kubernetes.io/hostname": f"{architecture}-{zone}",
                    "kubernetes.io/arch": architecture,
                    "kubernetes.io/os": "linux",
                    "topology.kubernetes.io/zone": zone,
                    "topology.kubernetes.io/region": "lab",
                },
            },
            "status": {
                "capacity": _ROOM,
                "allocatable": _ROOM,
                "nodeInfo": {"architecture": architecture, "operatingSystem": "linux"},
            },
        }
        for zone in ZONES
        for architecture in ARCHITECTURES
    ]


def stages(log: str) -> list[dict[str, Any]]:
    """What becomes of nodes and copies, as kwok's configuration. `log` is the file that stands for all copies' logs."""
    return [
        _stage(
            "node-is-ready",
            "Node",
            [
                {
                    "key": '.status.conditions.[] | select( .type == "Ready" ) | .status',
                    "operator": "NotIn",
                    "values": ["True"],
                }
            ],
            {"statusTemplate": _NODE},
        ),
        _stage("copy-starts", "Pod", [_ALIVE, _waits(), _probed("NotIn")], {"statusTemplate": _copy(True)}),
        _stage(
            "copy-is-never-well", "Pod", [_ALIVE, _waits(), _probed("In")], {"statusTemplate": _copy(False)}
        ),
        _stage("copy-goes", "Pod", [{**_ALIVE, "operator": "Exists"}], {"delete": True}),
        {
            "apiVersion": _STAGES,
            "kind": "ClusterLogs",
            "metadata": {"name": "copies"},
            "spec": {"logs": [{"logsFile": log}]},
        },
    ]


def _stage(name: str, kind: str, when: list[dict[str, Any]], then: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": _STAGES,
        "kind": "Stage",
        "metadata": {"name": name},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": kind},
            "selector": {"matchExpressions": when},
            "next": then,
        },
    }


def _waits() -> dict[str, Any]:
    return {"key": ".status.podIP", "operator": "DoesNotExist"}


def _probed(operator: str) -> dict[str, Any]:
    return {
        "key": ".spec.containers.[].readinessProbe.httpGet.path",
        "operator": operator,
        "values": [NEVER_WELL],
    }


_NODE = """
{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- {lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }}, message: {{ .message | Quote }},
   reason: {{ .reason | Quote }}, status: {{ .status | Quote }}, type: {{ .type | Quote }}}
{{ end }}
addresses:
- {address: {{ NodeIP | Quote }}, type: InternalIP}
daemonEndpoints: {kubeletEndpoint: {Port: {{ NodePort }}}}
"""


def _copy(well: bool) -> str:
    ready, now = ("True" if well else "False"), "{{ $now | Quote }}"
    conditions = "".join(
        f'- {{lastTransitionTime: {now}, status: "{status}", type: {kind}}}\n'
        for kind, status in (("Initialized", "True"), ("ContainersReady", ready), ("Ready", ready))
    )
    return f"""
{{{{ $now := Now }}}}
conditions:
{conditions}
containerStatuses:
{{{{ range .spec.containers }}}}
- {{image: {{{{ .image | Quote }}}}, name: {{{{ .name | Quote }}}}, ready: {str(well).lower()}, started: {str(well).lower()},
   restartCount: 0, state: {{running: {{startedAt: {now}}}}}}}
{{{{ end }}}}
hostIP: {{{{ NodeIPWith .spec.nodeName | Quote }}}}
podIP: {{{{ PodIPWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace | Quote }}}}
phase: Running
startTime: {now}
"""
