"""A stack whose region is a cluster: Pulumi's engine, pulumi-kubernetes' own provider, a real control plane, a real registry."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubelab.api import Api
from kubelab.control_plane import ControlPlane
from kubelab.nodes import LOG_LINE, NEVER_WELL
from tests.kube.conftest import started
from tests.kube.test_control_plane import wait
from tests.lab.project import Project, Run

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(3600),  # the first time its programs are built
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux"),
]
MERGE = "application/merge-patch+json"
DEPLOYMENT = "/apis/apps/v1/namespaces/greeter/deployments/greeter"
BUDGET = "/apis/policy/v1/namespaces/greeter/poddisruptionbudgets/greeter"


class Stack:
    """The example service, placed by a copy of the project in the cluster of `plane`."""

    def __init__(self, directory: Path, plane: ControlPlane) -> None:
        self.api: Api = plane.api
        cluster = {
            "kubeconfig": str(plane.place.kubeconfig),
            "context": "lab",
            "architectures": ["amd64", "arm64"],
        }
        self.configuration: dict[str, Any] = {
            "service": {
                "name": "greeter",
                "source": "examples/greeter",
                "arguments": ["-addr", "127.0.0.1:{port}"],
                "environment": {"GREETING": "hello"},
                "health": {"deadline": 10},
            },
            "regions": {
                "lab": {
                    "cluster": cluster,
                    "repository": f"{plane.registry}/greeter",
                    "workload": {"replicas": {"min": 4}, "placeWithin": 15},
                }
            },
            "release": {"uncommitted": "allow"},
        }
        self.project = Project(directory, self.configuration)

    def up(self) -> Run:
        return self.project.must_up()

    def with_service(self, **changes: Any) -> None:
        """Writes the stack file with another service."""
        service = {**self.configuration["service"], **changes}
        self.project.configure({**self.configuration, "service": service})

    def told(self) -> dict[str, Any]:
        """What the outputs say that the cluster runs."""
        return self.project.outputs()["regions"]["lab"]["cluster"]

    def copies(self) -> list[dict[str, Any]]:
        return self.api.get("/api/v1/namespaces/greeter/pods")["items"]


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    with started("stack") as made:
        yield made


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, plane: ControlPlane) -> Stack:
    made = Stack(tmp_path_factory.mktemp("cluster"), plane)
    made.up()
    # Of the first release one copy is made; the autoscaler asks for the others.
    wait(lambda: made.api.get(DEPLOYMENT)["status"].get("availableReplicas") == 4)
    return made


def managed(stack: Stack) -> list[dict[str, Any]]:
    """Who wrote which of the Deployment's fields."""
    return stack.api.get(DEPLOYMENT)["metadata"]["managedFields"]


def test_the_copies_are_of_the_image_that_the_outputs_name(stack: Stack) -> None:
    told = stack.project.outputs()["regions"]["lab"]["cluster"]
    (container,) = stack.api.get(DEPLOYMENT)["spec"]["template"]["spec"]["containers"]
    assert container["image"] == told["image"] and "@sha256:" in told["image"]
    assert len(stack.copies()) == 4
    assert {each["spec"]["containers"][0]["image"] for each in stack.copies()} == {told["image"]}


def test_a_second_up_changes_nothing(stack: Stack) -> None:
    assert stack.up().changed == {}


def test_what_was_edited_by_hand_is_seen_by_a_refresh_and_put_right_by_up(stack: Stack) -> None:
    stack.api.patch(BUDGET, {"spec": {"maxUnavailable": 3}}, MERGE)
    stack.api.patch(DEPLOYMENT, {"spec": {"minReadySeconds": 7}}, MERGE)
    seen = stack.project.run("-m", "engine", "refresh", "--stack", "local", "--yes")
    assert seen.code == 0, seen.text
    assert len(stack.up().changed) == 2
    assert stack.api.get(BUDGET)["spec"]["maxUnavailable"] == 1
    assert stack.api.get(DEPLOYMENT)["spec"]["minReadySeconds"] < 7
    assert stack.up().changed == {}


def test_the_autoscalers_number_stays(stack: Stack) -> None:
    stack.api.patch(f"{DEPLOYMENT}/scale", {"spec": {"replicas": 6}}, MERGE)
    seen = stack.project.run("-m", "engine", "refresh", "--stack", "local", "--yes")
    assert seen.code == 0, seen.text
    assert stack.up().changed == {}
    assert stack.api.get(DEPLOYMENT)["spec"]["replicas"] == 6


def test_a_changed_value_rolls_out_and_going_back_is_the_release_before(stack: Stack) -> None:
    before = stack.told()
    stack.with_service(environment={"GREETING": "servus"})
    stack.up()
    after = stack.told()
    assert after["release"] != before["release"] and after["image"] == before["image"]
    stack.project.configure(stack.configuration)
    stack.up()
    assert stack.told() == before
    assert stack.up().changed == {}


def test_a_rollout_that_fails_is_undone_and_says_why(stack: Stack) -> None:
    before = stack.told()
    old = {each["metadata"]["name"] for each in stack.copies()}
    stack.with_service(health={"deadline": 10, "path": NEVER_WELL})
    try:
        for _ in range(2):  # the second time the state holds the release that failed
            done = stack.project.up()
            assert done.code != 0
            assert stack.told() == before
            found = stack.api.get(DEPLOYMENT)
            assert found["metadata"]["annotations"]["slipway/release"] == before["release"]
            assert found["status"]["availableReplicas"] == found["status"]["replicas"] == len(old)
            assert {each["metadata"]["name"] for each in stack.copies()} == old
            said = done.text.rpartition("was put back")
            assert "ProgressDeadlineExceeded" in said[0] and "none of the new one is left" in said[2]
            for word in (
                "on node ",
                "Running",
                "container greeter: running",
                "not ready",
                "event Normal Scheduled",
            ):
                assert word in said[2], done.text
            assert LOG_LINE in said[2]
    finally:
        stack.project.configure(stack.configuration)
    assert "ProgressDeadlineExceeded" in stack.project.run("-m", "releases", "list", "-s", "local").text
    stack.up()
    assert stack.told() == before
    assert {each["metadata"]["name"] for each in stack.copies()} == old
    assert stack.up().changed == {}


def test_the_undoing_was_in_the_providers_own_name(stack: Stack) -> None:
    """Of a field that somebody else owns as well, a later release could not get rid."""
    managers = {each["manager"].rpartition("-")[0] for each in managed(stack) if each["operation"] == "Apply"}
    assert managers == {"pulumi-kubernetes"}


def test_a_rollback_is_to_what_the_cluster_keeps_and_unpin_is_the_source_again(stack: Stack) -> None:
    before = stack.told()
    stack.with_service(environment={"GREETING": "servus"}, health={"deadline": 10})
    stack.up()
    after = stack.told()
    listed = stack.project.run("-m", "releases", "list", "-s", "local")
    assert listed.code == 0, listed.text
    digest = before["image"].rpartition(":")[2]
    for release in (before["release"], after["release"]):
        (line,) = (each for each in listed.text.splitlines() if release in each)
        assert digest[:12] in line
    back = stack.project.run("-m", "releases", "rollback", "-s", "local", "--yes")
    assert back.code == 0 and f"to {before['release']}" in back.text, back.text
    stack.up()
    assert stack.told() == before
    (container,) = stack.api.get(DEPLOYMENT)["spec"]["template"]["spec"]["containers"]
    config = container["envFrom"][0]["configMapRef"]["name"]
    assert stack.api.get(f"/api/v1/namespaces/greeter/configmaps/{config}")["data"]["GREETING"] == "hello"
    assert stack.up().changed == {}
    assert stack.project.run("-m", "releases", "unpin", "-s", "local").code == 0
    stack.up()
    assert stack.told() == after
    stack.project.configure(stack.configuration)
    stack.up()
    assert stack.up().changed == {}


def test_a_pin_that_the_cluster_does_not_keep_is_refused(stack: Stack) -> None:
    release = {**stack.configuration["release"], "pin": "0" * 12}
    stack.project.configure({**stack.configuration, "release": release})
    try:
        done = stack.project.up()
    finally:
        stack.project.configure(stack.configuration)
    assert done.code != 0 and f"none of {'0' * 12}; it keeps {stack.told()['release']}" in done.text, (
        done.text
    )


def test_an_eviction_that_would_leave_too_few_is_refused(stack: Stack) -> None:
    answers = list[int]()
    for each in stack.copies()[:3]:
        name = each["metadata"]["name"]
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
        place = f"/api/v1/namespaces/greeter/pods/{name}/eviction"
        answers.append(stack.api.ask("POST", place, eviction).status)
    assert answers[0] == 201 and 429 in answers, answers


def test_a_cluster_that_does_not_answer_is_named(stack: Stack, tmp_path: Path) -> None:
    text = Path(stack.configuration["regions"]["lab"]["cluster"]["kubeconfig"]).read_text()
    (tmp_path / "gone").write_text(re.sub(r"https://127\.0\.0\.1:\d+", "https://127.0.0.1:9", text))
    region = stack.configuration["regions"]["lab"]
    cluster = {**region["cluster"], "kubeconfig": str(tmp_path / "gone")}
    stack.project.configure({**stack.configuration, "regions": {"lab": {**region, "cluster": cluster}}})
    try:
        done = stack.project.up()
    finally:
        stack.project.configure(stack.configuration)
    assert done.code != 0 and "127.0.0.1:9" in done.text, done.text


def test_destroy_leaves_nothing_of_the_service(stack: Stack) -> None:
    done = stack.project.destroy()
    assert done.code == 0, done.text
    left = stack.api.ask("GET", "/api/v1/namespaces/greeter", None)
    assert left.status == 404 or left.body["status"]["phase"] == "Terminating", json.dumps(left.body)


def test_destroy_leaves_nothing_in_a_namespace_that_stays(tmp_path: Path, plane: ControlPlane) -> None:
    plane.api.create("/api/v1/namespaces", {"metadata": {"name": "shared"}})
    stack = Stack(tmp_path, plane)
    region = stack.configuration["regions"]["lab"]
    region["workload"] |= {"namespace": "shared", "ownNamespace": False}
    stack.configuration["secrets"] = {"TOKEN": "guarded"}
    stack.project.configure(stack.configuration)
    stack.up()
    stack.configuration["secrets"] = {"TOKEN": "other"}
    stack.with_service(environment={"GREETING": "servus"})
    stack.up()

    def held(kind: str) -> list[str]:
        found = plane.api.get(f"/api/v1/namespaces/shared/{kind}")["items"]
        return [name for each in found if (name := each["metadata"]["name"]).startswith("greeter")]

    assert len(held("configmaps")) == len(held("secrets")) == 2
    done = stack.project.destroy()
    assert done.code == 0, done.text
    for kind in ("configmaps", "secrets", "serviceaccounts", "services", "pods"):
        assert held(kind) == [], kind
