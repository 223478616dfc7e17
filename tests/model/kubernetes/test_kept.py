"""Which releases a cluster keeps, read from its ReplicaSets, and why copies are not well, read from pods and events."""

from __future__ import annotations

from typing import Any

import pytest

from model.kubernetes import evidence, kept

DEPLOYMENT = {"metadata": {"uid": "d", "annotations": {kept.REVISION: "3"}}}


def replica_set(
    release: str, revision: int, copies: int = 0, owner: str = "d", **annotations: str
) -> dict[str, Any]:
    """As the API has it: `annotations` by the part after the slash."""
    about = {kept.RELEASE: release, kept.VERSION: f"v{revision}", kept.REVISION: str(revision)}
    container = {
        "image": "registry.example.com/shop@sha256:" + release * 5 + "0000",
        "envFrom": [{"configMapRef": {"name": f"shop-{release[0]}"}}],
        "env": [{"name": "T", "valueFrom": {"secretKeyRef": {"name": f"shop-s{release[0]}", "key": "T"}}}],
    }
    return {
        "metadata": {
            "name": f"shop-{release[0]}{revision}",
            "uid": f"{release[0]}{revision}",
            "creationTimestamp": "2026-01-02T03:04:05Z",
            "ownerReferences": [{"uid": owner}],
            "annotations": {**about, **{f"slipway/{key}": value for key, value in annotations.items()}},
        },
        "spec": {
            "replicas": copies,
            "template": {
                "metadata": {"labels": {"app": "shop", kept.HASH: "x"}},
                "spec": {"containers": [container]},
            },
        },
        "status": {"availableReplicas": copies},
    }


ONE, TWO, THREE = "1" * 12, "2" * 12, "3" * 12


def test_releases_are_newest_first_and_those_of_others_are_not_among_them() -> None:
    stranger = {**replica_set(THREE, 9), "metadata": {**replica_set(THREE, 9, owner="other")["metadata"]}}
    unnamed = replica_set(THREE, 8)
    del unnamed["metadata"]["annotations"][kept.RELEASE]
    found = kept.kept(DEPLOYMENT, [replica_set(ONE, 1), stranger, replica_set(TWO, 3, 4), unnamed])
    assert [each.release for each in found] == [TWO, ONE]
    assert kept.current(DEPLOYMENT, found) is found[0] and kept.previous(found[0], found) is found[1]


def test_a_release_that_the_cluster_made_twice_is_kept_once_where_it_was_last() -> None:
    found = kept.kept(DEPLOYMENT, [replica_set(ONE, 1), replica_set(TWO, 2), replica_set(ONE, 3)])
    assert [(each.release, each.revision) for each in found] == [(ONE, 3), (TWO, 2)]


def test_a_rollback_passes_over_what_was_put_back_until_it_is_turned_on_again() -> None:
    bad, again = replica_set(TWO, 2, reverted="2 not well"), replica_set(TWO, 4, reverted="2 not well")
    found = kept.kept(DEPLOYMENT, [replica_set(ONE, 1), bad, replica_set(THREE, 3)])
    assert [each.reverted for each in found] == ["", "not well", ""]
    before = kept.previous(found[0], found)
    assert before and before.release == ONE
    assert kept.kept(DEPLOYMENT, [again])[0].reverted == ""


def test_the_release_that_serves_on_is_the_newest_other_one_with_copies() -> None:
    sets = [replica_set(ONE, 1), replica_set(TWO, 2, 3), replica_set(THREE, 3, 1)]
    found = kept.kept(DEPLOYMENT, sets)
    good = kept.serving(THREE, found)
    assert good and good.release == TWO
    assert kept.serving(THREE, kept.kept(DEPLOYMENT, [sets[0], sets[2]])) is None


def test_the_pods_of_a_kept_release_are_as_they_were_but_for_the_clusters_own_label() -> None:
    (one,) = kept.kept(DEPLOYMENT, [replica_set(ONE, 1)])
    assert one.template["metadata"]["labels"] == {"app": "shop"}
    assert one.configurations == [("configmaps", "shop-1"), ("secrets", "shop-s1")]


POD = {
    "metadata": {"name": "shop-1"},
    "spec": {"nodeName": "n1"},
    "status": {
        "phase": "Running",
        "conditions": [
            {"type": "Ready", "status": "False", "reason": "ContainersNotReady", "message": "shop"}
        ],
        "containerStatuses": [
            {
                "name": "shop",
                "ready": False,
                "restartCount": 2,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 20s"}},
                "lastState": {"terminated": {"reason": "Error", "exitCode": 2, "message": "no\nlicence"}},
            }
        ],
    },
}


def test_a_copy_is_told_of_with_its_container_events_and_log() -> None:
    events = [
        {"type": "Warning", "reason": "BackOff", "message": "late", "count": 3, "lastTimestamp": "2"},
        {"type": "Normal", "reason": "Scheduled", "message": "early", "lastTimestamp": "1"},
    ]
    assert evidence.lines(POD, events, {"shop": "one\ntwo\n"}) == [
        "shop-1 on node n1: Running",
        "  Ready is False: ContainersNotReady: shop",
        "  container shop: waiting (CrashLoopBackOff: back-off 20s), not ready, restarted 2 times, ended before "
        "(Error: exit code 2: no licence)",
        "  event Normal Scheduled: early",
        "  event Warning BackOff (3 times): late",
        "  log of shop:",
        "    one",
        "    two",
    ]


@pytest.mark.parametrize(
    ("state", "count", "asked"),
    [
        ({"waiting": {}}, 0, []),
        ({"waiting": {}}, 1, [("c", True)]),
        ({"running": {}}, 0, [("c", False)]),
        ({"running": {}}, 1, [("c", False)]),
        ({"terminated": {}}, 0, [("c", False)]),
    ],
)
def test_only_a_container_that_has_begun_has_a_log(state: Any, count: int, asked: Any) -> None:
    status = {"containerStatuses": [{"name": "c", "state": state, "restartCount": count}]}
    assert evidence.restarted({"status": status}) == asked
