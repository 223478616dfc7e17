"""A real control plane undoes what the project asks it to, without Pulumi between them. Its nodes are pretended."""

from __future__ import annotations

from typing import Any

import pytest

from clusters.api import Namespace
from clusters.evidence import copies
from clusters.login import login
from clusters.owner import refusal
from clusters.releases import ask
from clusters.rollout import Rollout, complete
from kubelab.control_plane import ControlPlane
from kubelab.kubeconfigs import CONTEXT
from kubelab.nodes import LOG_LINE, NEVER_WELL
from model.workload import Workload
from tests.kube.test_control_plane import apply, wait
from tests.model.kubernetes.placements import placed, service, written

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(3600),  # the first time its programs are built
]
SPACE = "shop"
MANAGER = "pulumi-kubernetes-0a1b2c3d"
QUICK = written(Workload, placeWithin=5, replicas={"min": 4})


def released(plane: ControlPlane, path: str = "/", **environment: str) -> dict[str, Any]:
    """The Deployment of a release, applied as Pulumi's provider would."""
    told = {"PORT": "{port}", **environment}
    made = placed(service(health={"path": path, "deadline": 5}, environment=told), QUICK)
    assert made.namespace
    for each in (made.namespace, *made.before, *made.after, *made.last):
        apply(plane.api, each)
    asked(plane).apply("deployments", made.deployment, MANAGER)
    return made.deployment


def asked(plane: ControlPlane) -> Namespace:
    return Namespace(login(str(plane.place.kubeconfig), CONTEXT), SPACE)


def rollout(plane: ControlPlane, wanted: dict[str, Any]) -> Rollout:
    return Rollout(namespace=asked(plane), wanted=wanted, longest=120, leaving=10)


def test_a_first_release_that_fails_stays_and_says_why(plane: ControlPlane) -> None:
    found = rollout(plane, released(plane, NEVER_WELL)).settled()
    assert not found.well and "none before it" in found.lines[0]
    assert any("container shop: running, not ready" in each for each in found.lines)
    # Nothing of it must be there for the next test.
    plane.api.delete(f"/apis/apps/v1/namespaces/{SPACE}/deployments/shop")
    wait(lambda: not asked(plane).list("pods"))


def test_one_that_fails_is_undone_whole(plane: ControlPlane) -> None:
    good = released(plane)
    assert rollout(plane, good).settled().well
    wait(lambda: asked(plane).get("deployments", "shop")["status"].get("availableReplicas") == 4)
    before = {each["metadata"]["name"] for each in asked(plane).list("pods")}
    bad = released(plane, NEVER_WELL, ONLY="here")
    found = rollout(plane, bad).settled()
    assert not found.well and "none of the new one is left" in found.lines[0]
    assert found.lines[-1].strip() == LOG_LINE
    assert any("event Normal Scheduled" in each for each in found.lines)
    now = asked(plane).get("deployments", "shop")
    assert complete(now) and {each["metadata"]["name"] for each in asked(plane).list("pods")} == before
    (told,) = (each for each in ask(asked(plane), "shop").kept if each.reverted)
    assert told.release == bad["metadata"]["annotations"]["slipway/release"]
    assert "ProgressDeadlineExceeded" in told.reverted and copies(asked(plane), told) == []
    assert {each["manager"] for each in now["metadata"]["managedFields"] if each["operation"] == "Apply"} == {
        MANAGER
    }
    after = released(plane, LAST="here")
    assert rollout(plane, after).settled().well
    # What only the failed release had is gone, too.
    spec = asked(plane).get("deployments", "shop")["spec"]["template"]["spec"]
    assert spec["containers"][0]["readinessProbe"]["httpGet"]["path"] == "/"
    assert spec["containers"][0]["envFrom"] == after["spec"]["template"]["spec"]["containers"][0]["envFrom"]
    releases = ask(asked(plane), "shop")
    assert (
        releases.previous and releases.previous.release == good["metadata"]["annotations"]["slipway/release"]
    )


def test_one_that_a_quota_keeps_from_beginning_is_undone_at_once(plane: ControlPlane) -> None:
    before = ask(asked(plane), "shop").current
    quota = {"metadata": {"name": "none"}, "spec": {"hard": {"count/replicasets.apps": "0"}}}
    plane.api.create(f"/api/v1/namespaces/{SPACE}/resourcequotas", quota)
    try:
        found = rollout(plane, released(plane, QUOTA="here")).settled()
    finally:
        plane.api.delete(f"/api/v1/namespaces/{SPACE}/resourcequotas/none")
    assert "ReplicaSetCreateError" in found.lines[0] and "quota" in found.lines[0]
    assert (
        before
        and f"so {before.release}" in found.lines[0]
        and "none of the new one is left" in found.lines[0]
    )
    now = ask(asked(plane), "shop").current
    assert now and now.release == before.release


def test_whose_a_namespace_is_is_known_by_what_was_applied(plane: ControlPlane) -> None:
    def wrong(space: str, owner: str, *, adopts: bool) -> str:
        namespace = Namespace(login(str(plane.place.kubeconfig), CONTEXT), space)
        return refusal(namespace, "shop", owner, adopts=adopts)

    for adopts in (True, False):
        assert wrong(SPACE, "slipway/prod/edge", adopts=adopts) == ""
        assert "belongs to slipway/prod/edge" in wrong(SPACE, "slipway/dev/edge", adopts=adopts)
        assert wrong("nowhere", "slipway/dev/edge", adopts=adopts) == ""
    assert "belongs to no stack" in wrong("default", "slipway/dev/edge", adopts=True)
    assert wrong("default", "slipway/dev/edge", adopts=False) == ""


def test_a_release_that_reads_what_somebody_deleted_is_not_kept(plane: ControlPlane) -> None:
    (old,) = (each for each in [ask(asked(plane), "shop").previous] if each)
    for kind, name in old.configurations:
        plane.api.delete(f"/api/v1/namespaces/{SPACE}/{kind}/{name}")
    assert old.release not in {each.release for each in ask(asked(plane), "shop").kept}
