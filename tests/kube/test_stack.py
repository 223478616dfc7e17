"""A stack whose region is a cluster: Pulumi's engine, pulumi-kubernetes' own provider, a real control plane, a real registry."""

from __future__ import annotations

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from clusters.settled import SETTLED, WAIT_FOR
from components.kubernetes import asked as asking
from kubelab.control_plane import ControlPlane
from kubelab.nodes import LOG_LINE, NEVER_WELL
from tests.kube.lagging import lagging
from tests.kube.silent import silent
from tests.kube.stack import BUDGET, DEPLOYMENT, MERGE, Stack
from tests.kube.test_control_plane import wait
from tests.lab.project import Run

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(3600),  # the first time its programs are built
]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, plane: ControlPlane) -> Stack:
    made = Stack(tmp_path_factory.mktemp("cluster"), plane)
    made.killed(lambda: made.api.ask("GET", "/api/v1/namespaces/greeter").status == 200)
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
    assert (clean := stack.drift()).code == 0, clean.text
    stack.api.patch(BUDGET, {"spec": {"maxUnavailable": 3}}, MERGE)
    stack.api.patch(DEPLOYMENT, {"spec": {"minReadySeconds": 7}}, MERGE)
    found = stack.drift()
    assert found.code == 1 and "maxUnavailable" in found.text and "minReadySeconds" in found.text
    seen = stack.project.run("-m", "engine", "refresh", "--stack", "local", "--yes")
    assert seen.code == 0, seen.text
    assert len(stack.up().changed) == 2
    assert stack.api.get(BUDGET)["spec"]["maxUnavailable"] == 1
    assert stack.api.get(DEPLOYMENT)["spec"]["minReadySeconds"] < 7
    assert stack.up().changed == {}


def test_the_autoscalers_number_stays(stack: Stack) -> None:
    stack.api.patch(f"{DEPLOYMENT}/scale", {"spec": {"replicas": 6}}, MERGE)
    # Copies that are not well yet are what the engine comes back to.
    wait(lambda: stack.api.get(DEPLOYMENT)["status"].get("availableReplicas") == 6)
    seen = stack.project.run("-m", "engine", "refresh", "--stack", "local", "--yes")
    assert seen.code == 0, seen.text
    assert stack.up().changed == {}
    assert stack.api.get(DEPLOYMENT)["spec"]["replicas"] == 6


def test_what_a_killed_up_began_is_finished_by_the_next(stack: Stack) -> None:
    """The first `up` of all has been killed, too, when the namespace was there (`stack`)."""

    def configurations() -> int:
        return len(stack.api.get("/api/v1/namespaces/greeter/configmaps")["items"])

    def asked_for() -> str:
        return stack.api.get(DEPLOYMENT)["metadata"]["annotations"]["slipway/release"]

    before, there = stack.told(), configurations()
    stack.with_service(environment={"GREETING": "grüezi"})
    stack.killed(lambda: configurations() > there)
    stack.with_service(environment={"GREETING": "moin"})
    stack.killed(lambda: asked_for() != before["release"])
    stack.up()
    assert stack.told()["release"] == asked_for() != before["release"]
    (container,) = stack.api.get(DEPLOYMENT)["spec"]["template"]["spec"]["containers"]
    names = {each["spec"]["containers"][0]["envFrom"][0]["configMapRef"]["name"] for each in stack.copies()}
    assert names == {container["envFrom"][0]["configMapRef"]["name"]}
    stack.project.configure(stack.configuration)
    stack.up()
    assert stack.told() == before and stack.up().changed == {}


def through(stack: Stack, kubeconfig: Path, **service: Any) -> Run:
    """An `up` of the stack that reaches its cluster by another file; `service` is changed in it, too."""
    region = stack.configuration["regions"]["lab"]
    cluster = {**region["cluster"], "kubeconfig": str(kubeconfig)}
    stack.project.configure(
        {
            **stack.configuration,
            "service": {**stack.configuration["service"], **service},
            "regions": {"lab": {**region, "cluster": cluster}},
        }
    )
    try:
        return stack.project.up()
    finally:
        stack.project.configure(stack.configuration)


def test_a_rollout_that_fails_is_undone_and_says_why(
    stack: Stack, plane: ControlPlane, tmp_path: Path
) -> None:
    before, kubeconfig = stack.told(), tmp_path / "lagging"
    old = {each["metadata"]["name"] for each in stack.copies()}
    with lagging(plane, DEPLOYMENT.rpartition("/")[0], kubeconfig) as listed:
        # First by a server that tells the provider the state of before. Then the state holds the release that failed.
        for reached in (kubeconfig, plane.place.kubeconfig):
            done = through(stack, reached, health={"deadline": 5, "path": NEVER_WELL})
            assert done.code != 0, done.text
            assert stack.told() == before
            found = stack.api.get(DEPLOYMENT)
            about = found["metadata"]["annotations"]
            assert about["slipway/release"] == before["release"] and not {WAIT_FOR, SETTLED} & about.keys()
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
            # What was found is the last that is said, too, after all that the provider had to say.
            assert LOG_LINE in done.text.splitlines()[-1], done.text
    assert listed, "nothing was listed as it was before"
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
    stack.with_service(environment={"GREETING": "servus"})
    stack.up()
    after = stack.told()
    assert after["release"] != before["release"] and after["image"] == before["image"]
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
    assert stack.told() == before, "the source of the release before is that release"
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
    names = [each["metadata"]["name"] for each in stack.copies()]

    def evict(name: str) -> int:
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
        return stack.api.ask("POST", f"/api/v1/namespaces/greeter/pods/{name}/eviction", eviction).status

    # At once: a pretended copy is replaced by one that is well before a second question could be asked.
    with ThreadPoolExecutor(len(names)) as pool:
        answers = Counter(pool.map(evict, names))
    assert answers[201] >= 1 and answers[429] >= 1, answers


def elsewhere(stack: Stack, port: int, kubeconfig: Path) -> Run:
    """An `up` of the stack whose kubeconfig leads to another port of this machine."""
    text = Path(stack.configuration["regions"]["lab"]["cluster"]["kubeconfig"]).read_text()
    kubeconfig.write_text(re.sub(r"https://127\.0\.0\.1:\d+", f"https://127.0.0.1:{port}", text))
    return through(stack, kubeconfig)


def test_a_cluster_that_is_not_there_is_named_with_what_to_do(stack: Stack, tmp_path: Path) -> None:
    done = elsewhere(stack, 9, tmp_path / "gone")
    said = done.text.splitlines()[-1]
    assert done.code != 0 and "does not answer: lab at https://127.0.0.1:9 (" in said, done.text
    assert "connection refused" in said and "PULUMI_K8S_DELETE_UNREACHABLE" in said, done.text


def test_a_cluster_that_takes_requests_and_answers_none_is_named_within_a_minute(
    stack: Stack, plane: ControlPlane, tmp_path: Path
) -> None:
    with silent(plane) as (port, asked):
        done = elsewhere(stack, port, tmp_path / "silent")
    said = done.text.splitlines()[-1]
    assert done.code != 0 and f"does not answer: lab at https://127.0.0.1:{port} (" in said, done.text
    # A request of the provider says for how long it is waited for; one begins when the one before was given up.
    waits = [
        int(told[1]) if (told := re.search(r"timeout=(\d+)s", each)) else asking.SECONDS for each in asked
    ]
    assert waits and sum(waits) <= 60, asked


def test_another_stack_changes_nothing_in_a_namespace_that_is_not_its_own(stack: Stack) -> None:
    before = [stack.api.get(f"/api/v1/namespaces/greeter{each}") for each in ("", "/services/greeter")]
    region = stack.configuration["regions"]["lab"]
    adopted = {**region, "workload": {**region["workload"], "namespace": "default"}}
    for name, wanted, words in (
        ("other", region, "belongs to slipway/local/lab, not to slipway/local/other"),
        ("lab", adopted, "default is there and belongs to no stack"),
    ):
        stack.project.configure({**stack.configuration, "regions": {name: wanted}})
        try:
            done = stack.project.up()
        finally:
            stack.project.configure(stack.configuration)
        assert done.code != 0 and words in done.text, done.text
    assert [
        stack.api.get(f"/api/v1/namespaces/greeter{each}") for each in ("", "/services/greeter")
    ] == before
    assert stack.api.ask("GET", "/apis/apps/v1/namespaces/default/deployments/greeter").status == 404
    stack.up()
    assert stack.up().changed == {}


def test_destroy_leaves_nothing_of_the_service(stack: Stack) -> None:
    done = stack.project.destroy()
    assert done.code == 0, done.text
    # The provider waits until it is gone; that it is going away would not be nothing.
    left = stack.api.ask("GET", "/api/v1/namespaces/greeter", None)
    assert left.status == 404, json.dumps(left.body)


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
