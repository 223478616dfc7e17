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
            },
            "regions": {
                "lab": {
                    "cluster": cluster,
                    "repository": f"{plane.registry}/greeter",
                    "workload": {"replicas": {"min": 4}},
                }
            },
            "release": {"uncommitted": "allow"},
        }
        self.project = Project(directory, self.configuration)

    def up(self) -> Run:
        return self.project.must_up()

    def copies(self) -> list[dict[str, Any]]:
        return self.api.get("/api/v1/namespaces/greeter/pods")["items"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    plane = ControlPlane("stack")
    plane.down()
    try:
        plane.up()
        made = Stack(tmp_path_factory.mktemp("cluster"), plane)
        made.up()
        yield made
    finally:
        plane.down()


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
    stack.api.patch(DEPLOYMENT, {"spec": {"minReadySeconds": 77}}, MERGE)
    seen = stack.project.run("-m", "engine", "refresh", "--stack", "local", "--yes")
    assert seen.code == 0, seen.text
    assert len(stack.up().changed) == 2
    assert stack.api.get(BUDGET)["spec"]["maxUnavailable"] == 1
    assert stack.api.get(DEPLOYMENT)["spec"]["minReadySeconds"] < 77
    assert stack.up().changed == {}


def test_the_autoscalers_number_stays(stack: Stack) -> None:
    stack.api.patch(f"{DEPLOYMENT}/scale", {"spec": {"replicas": 6}}, MERGE)
    seen = stack.project.run("-m", "engine", "refresh", "--stack", "local", "--yes")
    assert seen.code == 0, seen.text
    assert stack.up().changed == {}
    assert stack.api.get(DEPLOYMENT)["spec"]["replicas"] == 6


def test_a_changed_value_rolls_out_and_going_back_is_the_release_before(stack: Stack) -> None:
    def told() -> dict[str, Any]:
        return stack.project.outputs()["regions"]["lab"]["cluster"]

    before = told()
    service = stack.configuration["service"]
    stack.project.configure(
        {**stack.configuration, "service": {**service, "environment": {"GREETING": "servus"}}}
    )
    stack.up()
    assert told()["release"] != before["release"] and told()["image"] == before["image"]
    stack.project.configure(stack.configuration)
    stack.up()
    assert told() == before
    assert stack.up().changed == {}


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
