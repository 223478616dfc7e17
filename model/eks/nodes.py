"""The machines of a cluster in Auto Mode: what they may be, and the objects that say so to EKS."""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from model.architecture import Architecture
from model.aws import instance_type
from model.aws.instances import InstanceType
from model.kubernetes.names import MANAGER
from model.setting import ONCE

NAME = "slipway"
"""Of the node class and of the pool."""
_TOO_SMALL = {"nano", "micro", "small"}
_FAMILIES = re.compile(
    r"[cmr](8g|7a|7g|7gd|7i|6a|6g|6i|6id|6in|6gd|5|5a|5d|5ad|5n|4)|[cm]7i-flex|[cm]6gn|c7gn|m6idn|r6idn|m5dn|r5dn|m5zn|r5b|r7iz"
    r"|t4g|t3a?|t2|z1d|x8g|x2gd|i4g|i4i|i3|i3en|is4gen|im4gn"
)
"""Of those that Auto Mode takes (EKS User Guide, "Supported instance reference"), the ones without a special processor."""


def _managed(value: str) -> str:
    family, _, size = value.partition(".")
    if not _FAMILIES.fullmatch(family):
        raise ValueError(
            "is of a family that EKS Auto Mode does not take; write one as in m7g.large or m7i.large"
        )
    if size in _TOO_SMALL or (size == "medium" and not instance_type.burstable(value)):
        raise ValueError(
            f"is too small for EKS Auto Mode, which takes no nano, micro or small and needs two processors; write {family}.large"
        )
    return value


NodeTypes = Annotated[
    tuple[Annotated[InstanceType, AfterValidator(_managed)], ...],
    Field(min_length=1),
    ONCE,
]


def node_class(role: Any, subnets: Sequence[Any], groups: Sequence[Any]) -> dict[str, Any]:
    """Where nodes stand and who they are: a role's name and ids, which may be known later than the rest.

    `networkPolicy` says what holds where no policy does.
    """
    spec = {
        "role": role,
        "subnetSelectorTerms": [{"id": each} for each in subnets],
        "securityGroupSelectorTerms": [{"id": each} for each in groups],
        "networkPolicy": "DefaultAllow",
        "networkPolicyEventLogs": "Disabled",
    }
    return _cluster_wide("NodeClass", "eks.amazonaws.com/v1", spec)


def node_pool(types: Iterable[str], architectures: Iterable[Architecture], cpus: int) -> dict[str, Any]:
    """Graviton and x86 side by side: EKS takes the cheapest of `types` on which the pods that wait may run."""
    requirements = {
        "node.kubernetes.io/instance-type": sorted(types),
        "kubernetes.io/arch": sorted(each.value for each in architectures),
        "karpenter.sh/capacity-type": ["on-demand"],
    }
    template = {
        "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": NAME},
        "requirements": [
            {"key": key, "operator": "In", "values": values} for key, values in requirements.items()
        ],
    }
    return _cluster_wide(
        "NodePool", "karpenter.sh/v1", {"template": {"spec": template}, "limits": {"cpu": str(cpus)}}
    )


NETWORK_POLICY = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "amazon-vpc-cni", "namespace": "kube-system"},
    "data": {"enable-network-policy-controller": "true"},
}
"""Turns on what enforces network policies (EKS User Guide, "Use Network Policies with EKS Auto Mode")."""


def _cluster_wide(kind: str, version: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": NAME, "labels": {"app.kubernetes.io/managed-by": MANAGER}}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
