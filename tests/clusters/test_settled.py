"""When Pulumi's provider is told that a release is there. The real control plane's part is in tests/kube."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from clusters import settled
from clusters.api import Namespace
from clusters.settled import SETTLED, WAIT_FOR
from model.kubernetes import kept
from tests.clusters.test_rollout import WANTED, deployment
from tests.model.kubernetes.test_kept import ONE, TWO


class Cluster:
    """One Deployment, whose annotations are kept as the API keeps them."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found

    def get(self, kind: str, name: str) -> dict[str, Any]:
        assert (kind, name) == ("deployments", "shop")
        return self.found

    def annotate(self, kind: str, name: str, annotations: Mapping[str, str | None]) -> None:
        assert (kind, name) == ("deployments", "shop")
        merged = {**self.about, **annotations}
        self.found["metadata"]["annotations"] = {
            key: value for key, value in merged.items() if value is not None
        }

    @property
    def about(self) -> dict[str, Any]:
        return self.found["metadata"]["annotations"]

    @property
    def space(self) -> Namespace:
        return cast(Namespace, self)


def test_it_is_told_when_all_copies_are_of_the_release_and_nothing_stays() -> None:
    cluster = Cluster(deployment(ONE))
    settled.expect(cluster.space, WANTED)
    assert cluster.about[WAIT_FOR] == f"jsonpath={{.metadata.annotations['{SETTLED}']}}={TWO}"
    assert not settled.settle(cluster.space, WANTED), "it is of the release before"
    cluster.about[kept.RELEASE] = TWO
    assert settled.settle(cluster.space, WANTED) and cluster.about[SETTLED] == TWO
    settled.forget(cluster.space, WANTED)
    assert cluster.about == {kept.RELEASE: TWO}


@pytest.mark.parametrize("state", [{"ready": 3}, {"seen": 0}, {"replicas": 5}, {"availableReplicas": 3}])
def test_of_one_that_is_not_whole_nothing_is_told(state: dict[str, Any]) -> None:
    cluster = Cluster(deployment(**state))
    settled.expect(cluster.space, WANTED)
    assert not settled.settle(cluster.space, WANTED) and SETTLED not in cluster.about


def test_what_an_earlier_run_has_left_says_nothing_of_this_one() -> None:
    cluster = Cluster(deployment())
    assert not settled.settle(cluster.space, WANTED), "nobody waits"
    cluster.annotate("deployments", "shop", {SETTLED: TWO, WAIT_FOR: "jsonpath={.spec}"})
    settled.expect(cluster.space, WANTED)
    assert SETTLED not in cluster.about
