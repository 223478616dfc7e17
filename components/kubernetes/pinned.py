"""The release that a policy pins, as a cluster keeps it; asked in preview, too, since the pods follow from it."""

import pulumi

from clusters import releases
from clusters.api import Namespace
from clusters.errors import ClusterError
from clusters.login import login
from model.kubernetes.kept import Kept
from model.kubernetes.objects import Placement
from model.release_policy import ReleasePolicy


def pinned(
    name: str, policy: ReleasePolicy, kubeconfig: pulumi.Input[str], context: str, placed: Placement
) -> Kept:
    """Of region `name`. Raises pulumi.RunError where the cluster keeps none of them, or does not say."""
    assert isinstance(kubeconfig, str) and isinstance(policy.pin, tuple), "settings refuse others"
    try:
        space = Namespace(login(kubeconfig, context), placed.namespace)
        return releases.pinned(space, placed.service.name, policy.pin)
    except ClusterError as error:
        raise pulumi.RunError(f"slipway:release.pin, in the cluster of region {name}: {error}.") from None
