"""All that a cluster is told about one service, in the order in which it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model.architecture import Architecture
from model.kubernetes import alarms, entrance, pod, scaling
from model.kubernetes.configuration import configuration
from model.kubernetes.deployment import deployment, longest
from model.kubernetes.kept import RELEASE, VERSION, Kept
from model.kubernetes.names import OWNER, labels, made, metrics
from model.kubernetes.network_policy import policies, served
from model.release_policy import ReleasePolicy
from model.service import Service
from model.workload import Workload

POD_SECURITY = {
    f"pod-security.kubernetes.io/{mode}{what}": value
    for mode in ("enforce", "audit", "warn")
    for what, value in (("", "restricted"), ("-version", "latest"))
}
"""https://kubernetes.io/docs/concepts/security/pod-security-admission/: the API refuses a pod that may more than it needs."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """What is released: `image` by its digest, with a binary for each of `architectures`; `files` are the user's, by name.

    `owner` is the stack and region that it belongs to. With `target_group`, a load balancer of AWS sends requests straight to the
    copies, and a copy counts as well only when that sees it so. It may be known later than the rest. A release that is `kept` in
    the cluster is taken as it stands there, in place of image, files and secrets.
    """

    service: Service
    workload: Workload
    policy: ReleasePolicy
    image: str
    version: str
    architectures: tuple[Architecture, ...]
    owner: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    target_group: Any = None
    kept: Kept | None = None

    @property
    def namespace(self) -> str:
        """Where all of it is."""
        return self.workload.namespace or self.service.name


@dataclass(frozen=True, kw_only=True)
class Objects:
    """`release` names what copies are made from. What a copy refers to comes first; `deployment` waits for all of `before`, and
    `last` for it."""

    release: str
    namespace: dict[str, Any] | None
    before: tuple[dict[str, Any], ...]
    deployment: dict[str, Any]
    after: tuple[dict[str, Any], ...]
    last: tuple[dict[str, Any], ...]


def objects(placement: Placement) -> Objects:
    """The same for the same placement, so that a second run changes nothing."""
    service, workload, policy = placement.service, placement.workload, placement.policy
    namespace = placement.namespace
    release, template, read = _copies(placement)
    about = {RELEASE: release, VERSION: placement.version, OWNER: placement.owner}
    account = made("ServiceAccount", "v1", service, namespace, automountServiceAccountToken=False)
    joins = placement.target_group is not None
    denied = policies(service, workload, namespace, joins=joins)
    called = entrance.service_object(service, namespace)
    # Before copies: only one that is made after both waits for the load balancer.
    joined = [called, entrance.target_group_binding(service, namespace, placement.target_group)]
    return Objects(
        release=release,
        namespace=_namespace(placement, joins) if workload.own_namespace else None,
        before=(
            account,
            *read,
            *denied,
            *(joined if joins else []),
        ),
        deployment=deployment(service, workload, policy, namespace, template, about),
        after=(
            *([] if joins else [called]),
            scaling.autoscaler(service, workload.replicas, namespace),
            scaling.disruption_budget(service, namespace),
            *entrance.objects(service, workload.entrance, namespace),
            *(_watched(placement) if workload.monitor else []),
        ),
        last=(served(denied[1], service, namespace),),
    )


def _copies(placement: Placement) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """The release's name, its pods, and what they read. What a kept release reads is in the cluster."""
    if kept := placement.kept:
        return kept.release, dict(kept.template), []
    told = configuration(
        placement.service, placement.namespace, placement.files, placement.secrets, placement.owner
    )
    template = pod.template(
        placement.service,
        placement.workload,
        placement.policy,
        placement.image,
        placement.architectures,
        told,
    )
    release, template = pod.identified(template)
    return release, template, told.objects


def endpoint(service: Service, workload: Workload) -> str:
    """Where users reach it; without an entrance, where the cluster's own pods do."""
    if workload.entrance:
        return f"https://{workload.entrance.domain}/"
    return f"http://{service.name}.{workload.namespace or service.name}.svc:{service.port}/"


def _namespace(placement: Placement, joins: bool) -> dict[str, Any]:
    gate = entrance.READINESS_GATE if joins else {}
    metadata = {
        "name": placement.namespace,
        "labels": {**labels(placement.service), **POD_SECURITY, **gate},
        "annotations": {OWNER: placement.owner},
    }
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def _watched(placement: Placement) -> list[dict[str, Any]]:
    service, workload, policy = placement.service, placement.workload, placement.policy
    settle = longest(service, workload, policy, pod.grace(service, policy))
    return [
        _monitor(service, placement.namespace),
        alarms.rule(service, workload, placement.namespace, settle),
    ]


def _monitor(service: Service, namespace: str) -> dict[str, Any]:
    at, path = metrics(service)
    spec = {
        "selector": {"matchLabels": labels(service)},
        "endpoints": [{"port": at, "path": path, "interval": f"{alarms.EVERY}s"}],
    }
    return made("ServiceMonitor", "monitoring.coreos.com/v1", service, namespace, spec=spec)
