"""The Deployment: how copies of one release take the place of those of another."""

from typing import Any

from model.host_files import whole_seconds
from model.kubernetes.names import made, selector
from model.release_policy import ReleasePolicy
from model.service import Service

FIRST_COPY = 300
"""Seconds for a node to be made and the image to be fetched, before a copy can even start."""


def deadline(service: Service) -> int:
    """Seconds without progress after which a rollout has failed."""
    return FIRST_COPY + whole_seconds(service.health.deadline)


def deployment(
    service: Service, policy: ReleasePolicy, namespace: str, template: dict[str, Any], about: dict[str, str]
) -> dict[str, Any]:
    """Never fewer copies than before. How many is the autoscaler's to say, so no number stands here."""
    spec = {
        "selector": {"matchLabels": selector(service)},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}},
        "minReadySeconds": whole_seconds(max(service.health.minimum_healthy, policy.watch)),
        "progressDeadlineSeconds": deadline(service),
        "revisionHistoryLimit": policy.keep,
        "template": template,
    }
    found = made("Deployment", "apps/v1", service, namespace, spec=spec)
    return {**found, "metadata": {**found["metadata"], "annotations": about}}
