"""A real control plane is told every object of a service. Its nodes are pretended: nothing runs on them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from kubelab.api import Api
from kubelab.control_plane import ControlPlane
from model.architecture import Architecture
from model.workload import Workload
from tests.model.kubernetes.placements import placed, service, written

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(3600),  # the first time its programs are built
]
APPLY = "application/apply-patch+yaml"
PLURALS = {"NetworkPolicy": "networkpolicies", "Ingress": "ingresses"}


def path(wanted: dict[str, Any]) -> str:
    version, kind = wanted["apiVersion"], wanted["kind"]
    at = f"/apis/{version}" if "/" in version else f"/api/{version}"
    if space := wanted["metadata"].get("namespace"):
        at += f"/namespaces/{space}"
    return f"{at}/{PLURALS.get(kind, kind.lower() + 's')}/{wanted['metadata']['name']}"


def apply(api: Api, wanted: dict[str, Any]) -> dict[str, Any]:
    return api.patch(f"{path(wanted)}?fieldManager=test&fieldValidation=Strict", wanted, APPLY)


@pytest.fixture(scope="module")
def deployment(plane: ControlPlane) -> dict[str, Any]:
    """All objects of a service with six copies, placed as the program does; gives its Deployment."""
    what = service(name="many", ports={"metrics": [9101, 9102]}, needs=["db.example:5432"])
    entrance = {"kind": "ingress", "class": "nginx", "domain": "a.example.com", "issuer": "le"}
    workload = written(Workload, replicas={"min": 6, "max": 12}, entrance=entrance)
    made = placed(what, workload, secrets={"TOKEN": "t"})
    assert made.namespace
    for each in (made.namespace, *made.before, made.deployment, *made.after, *made.last):
        apply(plane.api, each)
    return made.deployment


def copies(api: Api, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    return api.get(f"/api/v1/namespaces/{wanted['metadata']['namespace']}/pods")["items"]


def wait(condition: Any) -> None:
    deadline = time.monotonic() + 240
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_the_autoscaler_alone_says_how_many_and_copies_are_on_every_node(
    plane: ControlPlane, deployment: dict[str, Any]
) -> None:
    def available() -> int:
        return plane.api.get(path(deployment))["status"].get("availableReplicas", 0)

    wait(lambda: available() == 6)
    nodes = {each["spec"]["nodeName"] for each in copies(plane.api, deployment)}
    assert {node.partition("-")[0] for node in nodes} == {"amd64", "arm64"}
    apply(plane.api, deployment)
    assert plane.api.get(path(deployment))["spec"]["replicas"] == 6


def test_copies_of_an_image_for_one_architecture_are_on_its_nodes_alone(plane: ControlPlane) -> None:
    workload = written(Workload, replicas={"min": 6, "max": 6}, namespace="one")
    made = placed(service(), workload, architectures=(Architecture.ARM64,))
    assert made.namespace
    for each in (made.namespace, *made.before, made.deployment, *made.after, *made.last):
        apply(plane.api, each)
    wait(lambda: plane.api.get(path(made.deployment))["status"].get("availableReplicas") == 6)
    assert {each["spec"]["nodeName"].partition("-")[0] for each in copies(plane.api, made.deployment)} == {
        "arm64"
    }


def test_a_pod_that_may_more_is_refused(plane: ControlPlane, deployment: dict[str, Any]) -> None:
    space = deployment["metadata"]["namespace"]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "free"},
        "spec": {"containers": [{"name": "free", "image": "free"}]},
    }
    answer = plane.api.ask("POST", f"/api/v1/namespaces/{space}/pods", pod)
    assert answer.status == 403 and "restricted" in answer.body["message"]


def test_one_whose_processes_are_gone_comes_up_again_with_all_that_it_held(
    plane: ControlPlane, deployment: dict[str, Any]
) -> None:
    plane.place.cgroup.remove()
    assert not plane.is_up
    assert plane.up() is True
    assert plane.api.get(path(deployment))["metadata"]["uid"]
    assert len(copies(plane.api, deployment)) == 6
