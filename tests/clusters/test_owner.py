"""Who may change what is in a namespace. That the engine asks before the first change is shown in tests/components/kubernetes."""

from __future__ import annotations

from typing import Any, cast

import pytest

from clusters.api import Namespace
from clusters.errors import ClusterError
from clusters.owner import refusal

OWN, OTHER = "slipway/prod/edge", "slipway/dev/edge"


class Cluster:
    """Has a namespace `team` and a Deployment in it by their owners: None where it is not there, empty where it has none."""

    name = "team"

    def __init__(self, namespace: str | None, deployment: str | None = None, status: int = 0) -> None:
        self._namespace, self._deployment, self._status = namespace, deployment, status

    def itself(self) -> dict[str, Any] | None:
        if self._status:
            raise ClusterError("forbidden", self._status)
        return found(self._namespace)

    def about(self, kind: str, name: str) -> dict[str, Any] | None:
        assert (kind, name) == ("deployments", "shop")
        return found(self._deployment)


def found(owner: str | None) -> dict[str, Any] | None:
    annotations = {"annotations": {"slipway/owner": owner}} if owner else {}
    return None if owner is None else {"metadata": annotations}


def asked(cluster: Cluster, *, adopts: bool) -> str:
    return refusal(cast(Namespace, cluster), "shop", OWN, adopts=adopts)


@pytest.mark.parametrize(
    ("namespace", "deployment", "adopts"),
    [
        (None, None, True),
        (None, None, False),
        (OWN, None, True),
        (OWN, OWN, False),
        ("", OWN, False),
        ("", "", False),
        ("", None, False),
    ],
)
def test_what_is_ones_own_or_nobodys_may_be_changed(
    namespace: str | None, deployment: str | None, adopts: bool
) -> None:
    assert asked(Cluster(namespace, deployment), adopts=adopts) == ""


@pytest.mark.parametrize(
    ("namespace", "deployment", "adopts", "words"),
    [
        (OTHER, None, True, f"namespace team belongs to {OTHER}, not to {OWN}"),
        (OTHER, None, False, f"namespace team belongs to {OTHER}"),
        ("", None, True, "belongs to no stack, and would be deleted with this one"),
        ("", OTHER, False, f"Deployment shop in team belongs to {OTHER}"),
    ],
)
def test_what_is_somebody_elses_may_not(
    namespace: str, deployment: str | None, adopts: bool, words: str
) -> None:
    assert words in asked(Cluster(namespace, deployment), adopts=adopts)


def test_who_may_not_look_at_a_namespace_may_still_change_what_is_in_it() -> None:
    assert asked(Cluster("", OWN, status=403), adopts=False) == ""
    with pytest.raises(ClusterError):
        asked(Cluster("", OWN, status=403), adopts=True)
    with pytest.raises(ClusterError):
        asked(Cluster("", OWN, status=503), adopts=False)
