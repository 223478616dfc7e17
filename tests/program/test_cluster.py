"""A stack whose region is a cluster: exactly what it declares, and in which order. No control plane is asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pulumi
import pytest

from clusters import releases
from model.kubernetes import kept
from tests.engine.projects import Project
from tests.model.kubernetes.test_kept import replica_set
from tests.program.clusters import kubeconfig, region
from tests.program.recorder import Recorder, inputs, run_program

PUSH = "command:local:Command"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
GREETER: dict[str, Any] = {
    "name": "greeter",
    "source": "examples/greeter",
    "arguments": ["-addr", "127.0.0.1:{port}"],
}
DECLARED = {
    "kubernetes:core/v1:Namespace": 1,
    "kubernetes:core/v1:ServiceAccount": 1,
    "kubernetes:core/v1:ConfigMap": 1,
    "kubernetes:core/v1:Secret": 1,
    "kubernetes:core/v1:Service": 1,
    DEPLOYMENT: 1,
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": 1,
    "kubernetes:policy/v1:PodDisruptionBudget": 1,
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": 3,
}


def run(tmp_path: Path, secrets: dict[str, str] | None = None, **changes: Any) -> Recorder:
    regions = {"edge": region(kubeconfig(tmp_path / "config"), **changes)}
    return run_program("local", regions=regions, secrets=secrets or {})


def waits(recorder: Recorder, kind: str, name: str) -> set[str]:
    return {urn.split("::")[-1] for urn in recorder.of(kind)[name].dependencies}


def test_a_cluster_gets_one_object_of_each_kind_and_nothing_else(tmp_path: Path) -> None:
    recorder = run(tmp_path, {"TOKEN": "guarded"})
    kinds = Counter(each.type for each in recorder.registered if each.type.startswith("kubernetes:"))
    assert kinds == DECLARED
    assert all("::edge" in each.provider for each in recorder.registered if each.type in DECLARED)


def test_the_provider_is_told_file_and_context_and_knows_the_cluster_by_its_authority(tmp_path: Path) -> None:
    one = inputs(run(tmp_path).of("pulumi:providers:kubernetes")["edge"])
    assert one["kubeconfig"] == str(tmp_path / "config") and one["context"] == "edge"
    kubeconfig(tmp_path / "config", **{"certificate-authority-data": "QkJC"})
    regions = {"edge": region(tmp_path / "config")}
    other = inputs(run_program("local", regions=regions).of("pulumi:providers:kubernetes")["edge"])
    assert one["clusterIdentifier"] != other["clusterIdentifier"]


def test_copies_wait_for_the_image_and_all_that_they_refer_to(tmp_path: Path) -> None:
    recorder = run(tmp_path, {"TOKEN": "guarded"})
    assert waits(recorder, DEPLOYMENT, "edge-deployment") >= {
        "edge-image",
        "edge-configmap",
        "edge-secret",
        "edge-serviceaccount",
        "edge-networkpolicy",
        "edge-networkpolicy-default-deny",
    }
    assert "edge-namespace" in waits(recorder, "kubernetes:core/v1:ConfigMap", "edge-configmap")
    policy = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
    assert "edge-deployment" in waits(recorder, policy, "edge-networkpolicy-served")


def test_files_are_an_object_of_their_own(tmp_path: Path) -> None:
    held = {"files": {"notes.md": {"source": "README.md"}}}
    regions = {"edge": region(kubeconfig(tmp_path / "config"))}
    recorder = run_program("local", regions=regions, service=GREETER | held)
    assert set(recorder.of("kubernetes:core/v1:ConfigMap")) == {"edge-configmap", "edge-configmap-files"}
    assert "edge-configmap-files" in waits(recorder, DEPLOYMENT, "edge-deployment")


def test_the_image_that_is_pushed_is_the_one_that_copies_run(tmp_path: Path) -> None:
    recorder = run(tmp_path)
    pushed = inputs(recorder.of(PUSH)["edge-image"])["create"]
    container = inputs(recorder.of(DEPLOYMENT)["edge-deployment"])["spec"]["template"]["spec"]["containers"][
        0
    ]
    repository, _, digest = container["image"].partition("@sha256:")
    assert repository == "registry.example.com/team/greeter"
    assert f"{repository} " in pushed and pushed.endswith(f"-{digest[:12]}")


def test_a_secret_is_a_secret_to_the_engine(tmp_path: Path) -> None:
    recorder = run(tmp_path, {"TOKEN": "guarded"})
    request = recorder.of("kubernetes:core/v1:Secret")["edge-secret"]
    assert "1b47061264138c4ac30d75fd1eb44270" in str(request.object)


def test_a_region_waits_for_the_cluster_before_it(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "config")
    regions = {"edge": region(path), "far": region(path, workload={"namespace": "far"})}
    recorder = run_program("local", regions=regions, release={"uncommitted": "allow"})
    assert "edge-deployment" in waits(recorder, DEPLOYMENT, "far-deployment")
    assert "edge-deployment" not in waits(recorder, DEPLOYMENT, "edge-deployment")


def test_two_regions_in_one_namespace_of_one_cluster_are_refused(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "config")
    far = region(path)
    far["cluster"] = {**far["cluster"], "context": "other"}
    with pytest.raises(pulumi.RunError, match=r"regions\.far is namespace greeter .*regions\.edge is"):
        run_program("local", regions={"edge": region(path), "far": far})


def test_the_cluster_is_asked_whose_it_is_before_anything_in_it_changes(tmp_path: Path) -> None:
    recorder = run(tmp_path, {"TOKEN": "guarded"})
    made = [each for each in recorder.registered if each.type in DECLARED]
    for each in made:
        adopts = each.type == "kubernetes:core/v1:Namespace"
        # Whose it is comes first: what is written at a Deployment then must not be somebody else's.
        more = ["edge-expects"] if each.type == DEPLOYMENT else []
        assert list(each.hooks.before_create) == ["edge-adopts" if adopts else "edge-owner", *more], each.name
        assert list(each.hooks.before_update) == ["edge-owner", *more], each.name
    (space,) = (inputs(each) for each in made if each.type == "kubernetes:core/v1:Namespace")
    assert space["metadata"]["annotations"]["slipway/owner"] == "slipway/local/edge"


ADOPTS = """
from components.kubernetes import asked, owned
asked.Asked._answer = lambda self, kubeconfig, question, seconds: question(None)
owned.Owned._refusal = lambda self, space, adopts: "not yours" if adopts and {refused} else ""
one = asked.Asked(kubeconfig=Output.from_input("k"), context="c", namespace="n")
args = owned.OwnedArgs(asked=one, deployment="d", owner="o")
hooks = owned.Owned("edge", args)
made = local.Command("made", create="touch made-{round}", triggers=[{round}], opts=ResourceOptions(hooks=hooks.made))
local.Command("more", create="touch more-{round}", opts=ResourceOptions(hooks=hooks.changed, depends_on=[made]))
"""


def test_the_engine_makes_and_replaces_nothing_that_is_somebody_elses(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")

    def made(round: int, *, refused: bool) -> tuple[str, list[str]]:
        project.program(ADOPTS.format(round=round, refused=refused))
        done = project.run("up")
        assert (done.returncode != 0) is refused, done.stdout + done.stderr
        return done.stdout, [each.name for each in sorted(project.directory.glob(f"*-{round}"))]

    said, there = made(1, refused=True)
    assert "slipway:regions.edge: not yours" in said and there == []
    assert made(1, refused=False)[1] == ["made-1", "more-1"]
    said, there = made(2, refused=True)
    assert "slipway:regions.edge: not yours" in said and there == []


def test_a_pinned_release_is_taken_as_the_cluster_keeps_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = kept.kept({"metadata": {"uid": "d"}}, [replica_set("1" * 12, 1)])
    asked = list[tuple[str, tuple[str, ...]]]()

    def pinned(namespace: Any, service: str, ids: tuple[str, ...]) -> kept.Kept:
        asked.append((service, ids))
        return one

    monkeypatch.setattr(releases, "pinned", pinned)
    monkeypatch.setattr("clusters.login.ssl.SSLContext.load_verify_locations", lambda *told: None)
    regions = {"edge": region(kubeconfig(tmp_path / "config"))}
    recorder = run_program("local", regions=regions, release={"uncommitted": "allow", "pin": ["1" * 12]})
    assert asked == [("greeter", ("1" * 12,))]
    kinds = {each.type for each in recorder.registered}
    assert not kinds & {PUSH, "kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:Secret"}
    made = inputs(recorder.of(DEPLOYMENT)["edge-deployment"])
    assert made["spec"]["template"] == one.template
    assert made["metadata"]["annotations"]["slipway/release"] == "1" * 12
    assert made["metadata"]["annotations"]["slipway/version"] == "v1"


def test_a_pin_that_would_move_is_refused(tmp_path: Path) -> None:
    regions = {"edge": region(kubeconfig(tmp_path / "config"))}
    with pytest.raises(pulumi.RunError, match="write the release's id"):
        run_program("local", regions=regions, release={"uncommitted": "allow", "pin": "previous"})


def test_a_deployment_is_watched_for_as_long_as_it_may_take_to_fail(tmp_path: Path) -> None:
    request = run(tmp_path).of(DEPLOYMENT)["edge-deployment"]
    deadline = inputs(request)["spec"]["progressDeadlineSeconds"]
    assert request.customTimeouts.update == request.customTimeouts.create == f"{int(deadline) + 10}s"
    assert list(request.hooks.on_error) == ["edge-put-back"]


def test_what_is_kept_in_a_namespace_that_stays_belongs_to_the_account(tmp_path: Path) -> None:
    def owners(**workload: Any) -> list[Any]:
        recorder = run(tmp_path, {"TOKEN": "guarded"}, workload=workload)
        kinds = ("ConfigMap", "Secret")
        made = [recorder.of(f"kubernetes:core/v1:{kind}")[f"edge-{kind.lower()}"] for kind in kinds]
        return [inputs(each)["metadata"].get("ownerReferences") for each in made]

    assert owners() == [None, None]
    for found in owners(ownNamespace=False):
        assert [(each["kind"], each["name"]) for each in found] == [("ServiceAccount", "greeter")]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cluster": {"kubeconfig": "no/file", "context": "edge", "architectures": ["amd64"]}}, ["kubeconfig", "does not exist"]),
        ({"cluster": {"context": "edge", "architectures": ["amd64"]}}, ["cluster.kubeconfig", "is not set"]),
        ({"repository": "greeter"}, ["repository", "registry.example.com/team/shop"]),
        ({"repository": "registry.example.com/team/greeter:v1"}, ["repository", "without a tag"]),
        ({"workload": {"replicas": {"min": 3, "max": 2}}}, ["min: 3", "max at least 3"]),
        ({"workload": {"pullSecret": "mine"}}, ["workload.pullSecret", "ownNamespace: false"]),
        ({"workload": {"entrance": {"kind": "ingress", "class": "nginx", "domain": "a.example.com"}}}, ["secret", "issuer"]),
        ({"service": {"limits": {"cpu": "20%"}}}, ["regions.edge.workload.cpu is 250m", "the 200m", "limits.cpu (20%)"]),
        ({"service": {"limits": {"cpu": "150%"}}, "workload": {"cpu": "2"}}, ["workload.cpu is 2,", "the 1500m"]),
        ({"workload": {"replica": 3}}, ["workload.replica is not a setting", "replicas"]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_anything_is_built(
    changes: dict[str, Any], words: list[str], tmp_path: Path
) -> None:
    changes = dict(changes)
    service = GREETER | changes.pop("service", {})
    regions = {"edge": region(kubeconfig(tmp_path / "config"), **changes)}
    with pytest.raises(pulumi.RunError) as caught:
        run_program("local", regions=regions, service=service)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("cluster", "words"),
    [
        ({"server": "http://192.0.2.7:8080"}, ["context is edge", "https://"]),
        ({"insecure-skip-tls-verify": True}, ["insecure-skip-tls-verify", "any machine would be believed"]),
    ],
)
def test_a_cluster_that_could_be_another_one_is_refused(
    cluster: dict[str, Any], words: list[str], tmp_path: Path
) -> None:
    regions = {"edge": region(kubeconfig(tmp_path / "config", **cluster))}
    with pytest.raises(pulumi.RunError) as caught:
        run_program("local", regions=regions)
    for word in words:
        assert word in str(caught.value)


def test_a_context_that_the_file_has_not_is_refused_with_those_that_it_has(tmp_path: Path) -> None:
    wrong = region(kubeconfig(tmp_path / "config"))
    wrong["cluster"] |= {"context": "edgy"}
    with pytest.raises(pulumi.RunError, match="has edge, other"):
        run_program("local", regions={"edge": wrong})
