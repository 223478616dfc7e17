"""When a rollout is waited for, undone or left alone. The real control plane's part is in tests/kube."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, cast

import pytest

from clusters import rollout
from clusters.api import Namespace
from clusters.errors import ClusterError
from model.kubernetes import kept
from tests.model.kubernetes.test_kept import ONE, TWO, replica_set

WANTED = {
    "metadata": {"name": "shop", "namespace": "shop", "annotations": {kept.RELEASE: TWO, kept.VERSION: "v2"}},
    "spec": {"progressDeadlineSeconds": 1, "template": {}},
}
LATE = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "late"}


def deployment(release: str = TWO, *, ready: int = 4, seen: int = 1, **status: Any) -> dict[str, Any]:
    return {
        "metadata": {
            "uid": "d",
            "generation": 1,
            "annotations": {kept.RELEASE: release},
            "managedFields": [{"manager": "kubectl"}, {"manager": "pulumi-kubernetes-1a2b"}],
        },
        "spec": {"replicas": 4},
        "status": {
            "observedGeneration": seen,
            "replicas": 4,
            "updatedReplicas": ready,
            "availableReplicas": 4,
        }
        | status,
    }


class Cluster:
    """Answers with `found`, one after the other, the last for ever."""

    def __init__(
        self,
        *found: dict[str, Any] | ClusterError,
        sets: list[dict[str, Any]] | None = None,
        pods: list[dict[str, Any]] | None = None,
    ) -> None:
        self.found: list[dict[str, Any] | ClusterError] = list(found)
        self.sets, self.pods = sets or [], pods or []
        self.applied: list[tuple[Mapping[str, Any], str]] = []
        self.annotated: dict[str, Mapping[str, str]] = {}

    def get(self, kind: str, name: str) -> dict[str, Any]:
        found = self.found.pop(0) if len(self.found) > 1 else self.found[0]
        if isinstance(found, ClusterError):
            raise found
        return found

    def list(self, kind: str, **query: str) -> list[dict[str, Any]]:
        return {"replicasets": self.sets, "pods": self.pods}.get(kind, [])

    def log(self, pod: str, container: str, lines: int, *, previous: bool) -> str:
        return "it broke"

    def apply(self, kind: str, wanted: Mapping[str, Any], manager: str) -> None:
        self.applied.append((wanted, manager))
        self.found = [deployment(ONE)]

    def annotate(self, kind: str, name: str, annotations: Mapping[str, str]) -> None:
        self.annotated[name] = annotations


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout, "POLL", 0)


def settled(cluster: Cluster, longest: float = 60) -> rollout.Verdict:
    space = cast(Namespace, cluster)
    return rollout.Rollout(namespace=space, wanted=WANTED, longest=longest, leaving=0).settled()


def test_one_that_goes_on_is_waited_for() -> None:
    cluster = Cluster(deployment(ready=1), deployment(seen=0), deployment(ready=3), deployment())
    assert settled(cluster).well and not cluster.applied


def test_one_that_never_began_is_left_alone() -> None:
    assert settled(Cluster(deployment(ONE))) == rollout.Verdict()
    assert settled(Cluster(ClusterError("none", 404))) == rollout.Verdict()


def test_a_cluster_that_is_away_for_a_moment_is_asked_again_and_one_that_says_no_is_not() -> None:
    for status in (0, 429, 500, 503):
        assert settled(Cluster(ClusterError("gone", status), deployment())).well
    with pytest.raises(ClusterError, match="forbidden"):
        settled(Cluster(ClusterError("forbidden", 403), deployment()))


def blinking(cluster: Cluster) -> Cluster:
    """Answers every second question alone, whatever it is."""

    def blinks(answer: Callable[..., Any]) -> Callable[..., Any]:
        asked = count(1)

        def asks(*args: Any, **query: Any) -> Any:
            if next(asked) % 2:
                raise ClusterError("busy", 503)
            return answer(*args, **query)

        return asks

    for name in ("get", "list", "apply", "annotate"):
        setattr(cluster, name, blinks(getattr(cluster, name)))
    return cluster


def test_blips_of_the_api_neither_end_the_wait_nor_the_undoing() -> None:
    assert settled(blinking(Cluster(deployment(ready=1), deployment()))).well
    sets = [replica_set(ONE, 1, 3), replica_set(TWO, 2, 1)]
    cluster = blinking(Cluster(deployment(ready=1, conditions=[LATE]), sets=sets))
    assert "its copies serve, none of the new one is left" in settled(cluster).lines[0]
    assert len(cluster.applied) == 1 and set(cluster.annotated) == {"shop-22"}


def test_what_was_put_back_is_told_although_the_cluster_says_no_more() -> None:
    sets = [replica_set(ONE, 1, 3), replica_set(TWO, 2, 1)]
    cluster = Cluster(deployment(ready=1, conditions=[LATE]), sets=sets)

    def apply(kind: str, wanted: Mapping[str, Any], manager: str) -> None:
        cluster.found = [ClusterError("forbidden", 403)]

    cluster.apply = apply  # type: ignore[method-assign]
    assert "are being brought back; not all are well yet" in settled(cluster).lines[0]


def test_one_of_which_not_even_a_replica_set_could_be_made_is_undone_at_once() -> None:
    quota = {
        "type": "Progressing",
        "status": "False",
        "reason": "ReplicaSetCreateError",
        "message": "exceeded quota",
    }
    cluster = Cluster(deployment(ready=1, seen=0, conditions=[quota]), sets=[replica_set(ONE, 1, 4)])
    (line,) = settled(cluster).lines
    assert f"(ReplicaSetCreateError: exceeded quota), so {ONE}, version v1, was put back" in line
    ((applied, _),) = cluster.applied
    assert applied["metadata"]["annotations"][kept.RELEASE] == ONE and not cluster.annotated


@pytest.mark.parametrize(
    ("status", "longest", "why"),
    [({"conditions": [LATE]}, 60.0, "ProgressDeadlineExceeded: late"), ({}, 0.0, "it took more than 0 s")],
)
def test_one_that_failed_is_undone_in_the_providers_name(
    status: dict[str, Any], longest: float, why: str
) -> None:
    cluster = Cluster(deployment(ready=1, **status), sets=[replica_set(ONE, 1, 3), replica_set(TWO, 2, 1)])
    found = settled(cluster, longest)
    assert not found.well
    assert found.lines[0].startswith(f"release {TWO} is not well ({why}), so {ONE}, version v1, was put back")
    ((applied, manager),) = cluster.applied
    assert manager == "pulumi-kubernetes-1a2b"
    assert applied["metadata"]["annotations"] == {kept.RELEASE: ONE, kept.VERSION: "v1"}
    assert applied["spec"]["template"]["metadata"] == {"labels": {"app": "shop"}}
    assert applied["spec"]["progressDeadlineSeconds"] == 1
    assert cluster.annotated == {"shop-22": {kept.REVERTED: f"2 {why}"}}


def test_a_first_release_that_fails_stays_since_nothing_was_before_it() -> None:
    cluster = Cluster(deployment(ready=1, conditions=[LATE]), sets=[replica_set(TWO, 1, 4)])
    found = settled(cluster)
    assert "none before it" in found.lines[0] and not cluster.applied and not found.well


@pytest.mark.parametrize(("release", "ends", "undone"), [(TWO, 3, True), (TWO, 2, False), (ONE, 9, False)])
def test_one_whose_copies_do_not_stay_up_is_undone_although_the_cluster_calls_it_progress(
    release: str, ends: int, undone: bool
) -> None:
    sets = [replica_set(ONE, 1, 3), replica_set(TWO, 2, 1)]
    (uid,) = (
        each["metadata"]["uid"] for each in sets if each["metadata"]["annotations"][kept.RELEASE] == release
    )
    pod = {
        "metadata": {"name": "shop-1", "ownerReferences": [{"uid": uid}]},
        "spec": {},
        "status": {"containerStatuses": [{"name": "shop", "restartCount": ends}]},
    }
    cluster = Cluster(deployment(ready=1), deployment(), sets=sets, pods=[pod])
    if undone:  # what is being undone goes at last
        cluster.annotate = lambda kind, name, annotations: cluster.pods.clear()  # type: ignore[method-assign]
    found = settled(cluster)
    assert bool(cluster.applied) is undone
    if undone:
        assert "(shop of shop-1 has ended 3 times), so" in found.lines[0]
