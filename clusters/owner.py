"""Whose a namespace of a cluster is, and the Deployment in it. Asked before either is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clusters.api import Namespace
from clusters.errors import ClusterError
from model.kubernetes.names import OWNER

ELSEWHERE = "name another one in its workload.namespace"


def refusal(namespace: Namespace, deployment: str, owner: str, *, adopts: bool) -> str:
    """Why `owner` may change nothing there; empty where it may. Raises ClusterError.

    Who `adopts` the namespace deletes it in the end, with all that is in it, so that one which is there must be its own already.
    """
    try:
        found = namespace.itself()
    except ClusterError as error:
        if adopts or error.status != 403:
            raise
        found = None  # whoever may only change what is in it
    if (whose := _owner(found)) not in ("", owner):
        return f"the namespace {namespace.name} belongs to {whose}, not to {owner}: {ELSEWHERE}."
    if adopts and found and not whose:
        return (
            f"the namespace {namespace.name} is there and belongs to no stack, and would be deleted with this one: {ELSEWHERE}, "
            "set ownNamespace: false there or, if this stack made it, say so: "
            f"`kubectl annotate namespace {namespace.name} {OWNER}={owner}`."
        )
    if (whose := _owner(namespace.about("deployments", deployment))) not in ("", owner):
        return f"the Deployment {deployment} in {namespace.name} belongs to {whose}, not to {owner}: {ELSEWHERE}."
    return ""


def _owner(found: Mapping[str, Any] | None) -> str:
    return ((found or {}).get("metadata", {}).get("annotations") or {}).get(OWNER, "")
