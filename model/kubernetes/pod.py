"""One copy of the service as a pod: what it may do, what it gets, and how the cluster sees that it is well."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from model.architecture import Architecture
from model.host_files import whole_seconds
from model.kubernetes import container
from model.kubernetes.configuration import Configuration
from model.kubernetes.names import UID, labels, selector
from model.release_policy import ReleasePolicy
from model.service import Service
from model.workload import Workload


def grace(service: Service, policy: ReleasePolicy) -> int:
    """Seconds from being asked to go until being killed: still serving, then finishing what it has.

    For that it has as long as on a host, where it is drained and then stopped, and never less than one request may take.
    """
    finishing = max(policy.drain + service.stops_within(policy.drain), service.request_timeout)
    return container.ENDPOINT_REMOVAL + whole_seconds(finishing) + 1


def identified(template: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Twelve hex digits that name the release, and the pods with them in SLIPWAY_RELEASE."""
    release = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:12]
    spec = template["spec"]
    only = spec["containers"][0]
    told = {**only, "env": [{"name": "SLIPWAY_RELEASE", "value": release}, *only["env"]]}
    return release, {**template, "spec": {**spec, "containers": [told]}}


def template(
    service: Service,
    workload: Workload,
    policy: ReleasePolicy,
    image: str,
    architectures: tuple[Architecture, ...],
    told: Configuration,
) -> dict[str, Any]:
    """The pods of a Deployment. `image` is named by its digest. Without what names the release, which is a digest of all this."""
    spec: dict[str, Any] = {
        "serviceAccountName": service.name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": grace(service, policy),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": UID,
            "runAsGroup": UID,
            "fsGroup": UID,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "affinity": _affinity(service, architectures),
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": selector(service)},
                # Counts the copies of one release, so that a rollout does not spread around the old ones.
                "matchLabelKeys": ["pod-template-hash"],
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
        "tolerations": [
            {"key": "kubernetes.io/arch", "operator": "Exists", "effect": "NoSchedule"},
            *(_toleration(each.key, each.value, each.effect) for each in workload.tolerations),
        ],
        "containers": [container.container(service, workload, image, told)],
        "volumes": _volumes(service, workload, told),
    }
    if workload.priority:
        spec["priorityClassName"] = workload.priority
    if workload.pull_secret:
        spec["imagePullSecrets"] = [{"name": workload.pull_secret}]
    if workload.wait_with and service.needs:
        spec["initContainers"] = [
            _waiting(each, number, workload.wait_with) for number, each in enumerate(service.needs, 1)
        ]
    return {"metadata": {"labels": labels(service)}, "spec": spec}


def _affinity(service: Service, architectures: tuple[Architecture, ...]) -> dict[str, Any]:
    values = [each.value for each in sorted(architectures, key=lambda each: each.value)]
    own = {"labelSelector": {"matchLabels": selector(service)}, "topologyKey": "kubernetes.io/hostname"}
    return {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    {
                        "matchExpressions": [
                            {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
                            {"key": "kubernetes.io/arch", "operator": "In", "values": values},
                        ]
                    }
                ]
            }
        },
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": own}]
        },
    }


def _toleration(key: str, value: str | None, effect: str | None) -> Mapping[str, str]:
    return {
        "key": key,
        **({"operator": "Equal", "value": value} if value is not None else {"operator": "Exists"}),
        **({"effect": effect} if effect else {}),
    }


def _volumes(service: Service, workload: Workload, told: Configuration) -> list[dict[str, Any]]:
    volumes: list[dict[str, Any]] = [{"name": "scratch", "emptyDir": {"sizeLimit": workload.scratch}}]
    if told.items:
        volumes.append({"name": "files", "configMap": {"name": told.held_name, "items": list(told.items)}})
    if told.secret_items:
        items = [{"key": name, "path": name, "mode": 0o440} for name in told.secret_items]
        volumes.append({"name": "secret-files", "secret": {"secretName": told.secret_name, "items": items}})
    return volumes


def _waiting(address: str, number: int, image: str) -> dict[str, Any]:
    host, _, at = address.rpartition(":")
    return {
        "name": f"waits-{number}",
        "image": image,
        "command": ["sh", "-c", f"until nc -z -w 2 {host.strip('[]')} {at}; do sleep 1; done"],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "16Mi"}},
        "securityContext": container.RESTRICTED,
    }
