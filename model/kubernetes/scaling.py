"""How many copies run, and how many may be missing while nodes are emptied."""

from typing import Any

from model.kubernetes.names import made, selector
from model.service import Service
from model.workload import Replicas


def autoscaler(service: Service, replicas: Replicas, namespace: str) -> dict[str, Any]:
    """Doubles within half a minute when the load comes, and gives up a tenth a minute once it has been gone for five."""
    behavior = {
        "scaleUp": {
            "stabilizationWindowSeconds": 0,
            "selectPolicy": "Max",
            "policies": [
                {"type": "Percent", "value": 100, "periodSeconds": 30},
                {"type": "Pods", "value": 2, "periodSeconds": 30},
            ],
        },
        "scaleDown": {
            "stabilizationWindowSeconds": 300,
            "selectPolicy": "Max",
            "policies": [
                {"type": "Percent", "value": 10, "periodSeconds": 60},
                {"type": "Pods", "value": 1, "periodSeconds": 60},
            ],
        },
    }
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": replicas.target_cpu}}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": service.name},
        "minReplicas": replicas.min,
        "maxReplicas": replicas.max,
        "metrics": [{"type": "Resource", "resource": cpu}],
        "behavior": behavior,
    }
    return made("HorizontalPodAutoscaler", "autoscaling/v2", service, namespace, spec=spec)


def disruption_budget(service: Service, namespace: str) -> dict[str, Any]:
    """One copy at a time. A minimum would block a drain for good where one copy runs, and so would copies that are not well."""
    spec = {
        "maxUnavailable": 1,
        "selector": {"matchLabels": selector(service)},
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }
    return made("PodDisruptionBudget", "policy/v1", service, namespace, spec=spec)
