"""The service's container: what it is told, how much it may use, and how the cluster sees that it is well."""

import math
from typing import Any

from model.health import Health
from model.host_files import whole_seconds
from model.kubernetes.configuration import Configuration
from model.kubernetes.names import files, filled, home, port, secret_files
from model.service import Service
from model.workload import Workload

ENDPOINT_REMOVAL = 10
"""Seconds for which a copy that must go still serves: who sends requests learns that its endpoint is gone only after it was asked
to (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-flow)."""
READINESS_FAILURES = 3
"""The API's own default: a copy that fails so often in a row gets no requests until it is well again."""


RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
}
"""What the `restricted` Pod Security Standard asks of a container, and nothing to write on but what is mounted."""


def container(service: Service, workload: Workload, image: str, told: Configuration) -> dict[str, Any]:
    """The only one of a pod, but for those that wait before it starts."""
    health = service.health
    places = home(service)
    mounts: list[dict[str, Any]] = [
        {"name": "scratch", "mountPath": path, "subPath": name}
        for name, path in (
            ("data", f"{places}/data"),
            ("logs", f"{places}/logs"),
            ("tmp", "/tmp"),
            ("var-tmp", "/var/tmp"),
        )
    ]
    if told.items:
        mounts.append({"name": "files", "mountPath": files(service), "readOnly": True})
    if told.secret_items:
        mounts.append({"name": "secret-files", "mountPath": secret_files(service), "readOnly": True})
    environment = [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": told.secret_name, "key": name}}}
        for name in sorted(told.secret["data"] if told.secret else ())
        if name not in told.secret_items
    ]
    return {
        "name": service.name,
        "image": image,
        "args": [filled(text, service) for text in service.arguments],
        "ports": [
            {"name": "http", "containerPort": port(service), "protocol": "TCP"},
            *(
                {"name": name, "containerPort": ports[0], "protocol": "TCP"}
                for name, ports in sorted(service.ports.items())
            ),
        ],
        "envFrom": [{"configMapRef": {"name": told.config_name}}],
        "env": [*_own_environment(service, workload, told), *environment],
        "resources": _resources(service, workload),
        "startupProbe": {
            **_asked(health),
            "periodSeconds": 1,
            "failureThreshold": whole_seconds(health.deadline),
        },
        "readinessProbe": {
            **_asked(health),
            "periodSeconds": max(1, whole_seconds(health.interval)),
            "successThreshold": health.successes,
            "failureThreshold": READINESS_FAILURES,
        },
        **_liveness(workload, health),
        "lifecycle": {"preStop": {"sleep": {"seconds": ENDPOINT_REMOVAL}}},
        "securityContext": RESTRICTED,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": mounts,
    }


def _own_environment(service: Service, workload: Workload, told: Configuration) -> list[dict[str, Any]]:
    values = {
        "HOME": f"{home(service)}/data",
        "SLIPWAY_FILES": files(service) if told.items else "",
        "CREDENTIALS_DIRECTORY": secret_files(service) if told.secret_items else "",
        "GOMEMLIMIT": str(workload.memory_bytes * 9 // 10),
        "GOMAXPROCS": str(max(2, math.ceil(_cores(service)))) if service.limits.cpu else "",
    }
    return [
        {"name": name, "value": value}
        for name, value in values.items()
        if value and name not in service.environment
    ]


def _cores(service: Service) -> float:
    return int((service.limits.cpu or "0%").removesuffix("%")) / 100


def _resources(service: Service, workload: Workload) -> dict[str, Any]:
    """Memory is what is asked for and no more, so that a node never has to choose whom to kill."""
    limits = {"memory": workload.memory}
    if service.limits.cpu:
        limits["cpu"] = f"{int(service.limits.cpu.removesuffix('%')) * 10}m"
    return {"requests": {"cpu": workload.cpu, "memory": workload.memory}, "limits": limits}


def _asked(health: Health) -> dict[str, Any]:
    headers = [{"name": "Host", "value": health.host}] if health.host else []
    get = {"path": health.path, "port": "http", **({"httpHeaders": headers} if headers else {})}
    return {"httpGet": get, "timeoutSeconds": max(1, whole_seconds(health.timeout))}


def _liveness(workload: Workload, health: Health) -> dict[str, Any]:
    """Three questions within `restartAfter`. Never the health path: what a service waits for, no restart brings back."""
    if not health.restart_after:
        return {}
    how = (
        {"httpGet": {"path": workload.live, "port": "http"}}
        if workload.live
        else {"tcpSocket": {"port": "http"}}
    )
    period = max(1, whole_seconds(health.restart_after / 3))
    return {
        "livenessProbe": {
            **how,
            "timeoutSeconds": min(period, max(1, whole_seconds(health.timeout))),
            "periodSeconds": period,
            "failureThreshold": 3,
        }
    }
