"""What makes Pulumi's provider wait for all copies of a release, and for no other state of the Deployment.

pulumi-kubernetes 4.25 believes what one server of the cluster tells it. One that lags, which Kubernetes allows, begins with the
state of before, and the new release is taken for done. An annotation says instead what to wait for; it is written when the object
itself, as the cluster agrees on it, is of the release and complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clusters.api import Namespace
from clusters.rollout import complete
from model.kubernetes import kept

WAIT_FOR = "pulumi.com/waitFor"
"""The provider reads it in the object as the cluster has it, whoever wrote it."""
SETTLED = "slipway/all-copies-well"


def expect(namespace: Namespace, wanted: Mapping[str, Any]) -> None:
    """From now on the provider waits until `settle` has been. Raises ClusterError."""
    release = wanted["metadata"]["annotations"][kept.RELEASE]
    about = {WAIT_FOR: f"jsonpath={{.metadata.annotations['{SETTLED}']}}={release}", SETTLED: None}
    namespace.annotate("deployments", wanted["metadata"]["name"], about)


def settle(namespace: Namespace, wanted: Mapping[str, Any]) -> bool:
    """Whether all copies are of the release and well, of which the provider is told. Raises ClusterError."""
    name, release = wanted["metadata"]["name"], wanted["metadata"]["annotations"][kept.RELEASE]
    found = namespace.get("deployments", name)
    about = found["metadata"].get("annotations") or {}
    # As long as nobody waits, the release is not the one that is being applied, whatever its name.
    if WAIT_FOR not in about or about.get(kept.RELEASE) != release or not complete(found):
        return False
    namespace.annotate("deployments", name, {SETTLED: release})
    return True


def forget(namespace: Namespace, wanted: Mapping[str, Any]) -> None:
    """Nothing of it is left at the object. Raises ClusterError."""
    namespace.annotate("deployments", wanted["metadata"]["name"], {WAIT_FOR: None, SETTLED: None})
