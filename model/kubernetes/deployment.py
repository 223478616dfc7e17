"""The Deployment: how copies of one release take the place of those of another."""

import math
from typing import Any

from model.host_files import whole_seconds
from model.kubernetes.names import made, selector
from model.release_policy import ReleasePolicy
from model.service import Service
from model.workload import Workload

QUARTER = 25
"""Percent of the copies that are exchanged at a time where `release.share` says nothing."""


def share(policy: ReleasePolicy) -> int:
    """Percent of the copies, rounded up, that a release gets before they have been well for long enough."""
    return policy.share[0] if policy.share else QUARTER


def watched(service: Service, policy: ReleasePolicy) -> int:
    """Seconds for which a copy must have been well before the next follows."""
    return whole_seconds(max(service.health.minimum_healthy, policy.watch))


def deadline(service: Service, workload: Workload, policy: ReleasePolicy) -> int:
    """Seconds without progress after which a rollout has failed. A copy that is watched makes none."""
    return workload.place_within + whole_seconds(service.health.deadline) + watched(service, policy)


def longest(service: Service, workload: Workload, policy: ReleasePolicy, grace: int) -> int:
    """Seconds that a rollout may take which makes progress all the time; `grace` is what a copy takes to go."""
    waves = 1 + math.ceil(100 / share(policy))
    return waves * (deadline(service, workload, policy) + grace)


def deployment(
    service: Service,
    workload: Workload,
    policy: ReleasePolicy,
    namespace: str,
    template: dict[str, Any],
    about: dict[str, str],
) -> dict[str, Any]:
    """Never fewer copies than before. How many is the autoscaler's to say, so no number stands here."""
    spec = {
        "selector": {"matchLabels": selector(service)},
        "strategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxUnavailable": 0, "maxSurge": f"{share(policy)}%"},
        },
        "minReadySeconds": watched(service, policy),
        "progressDeadlineSeconds": deadline(service, workload, policy),
        "revisionHistoryLimit": policy.keep,
        "template": template,
    }
    found = made("Deployment", "apps/v1", service, namespace, spec=spec)
    return {**found, "metadata": {**found["metadata"], "annotations": about}}
