"""A stack with a Gateway, its routes, a ServiceMonitor and a PrometheusRule: a real control plane takes them as defined.

No controller of a Gateway and no Prometheus operator is there, so nothing follows from these objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubelab.control_plane import ControlPlane
from tests.kube.definitions import known
from tests.kube.stack import Stack

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(3600),  # the first time its programs are built
]
SPACE = "behind"
KINDS = {
    "gateways": "gateway.networking.k8s.io",
    "httproutes": "gateway.networking.k8s.io",
    "servicemonitors": "monitoring.coreos.com",
    "prometheusrules": "monitoring.coreos.com",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, plane: ControlPlane) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("behind"), plane)
    workload = made.configuration["regions"]["lab"]["workload"]
    entrance = {"kind": "gateway", "class": "example", "domain": "a.example.com", "issuer": "le"}
    workload |= {"namespace": SPACE, "entrance": entrance, "monitor": True}
    made.project.configure(made.configuration)
    with known(plane.api, tmp_path_factory.mktemp("definitions")):
        yield made


def held(stack: Stack, plural: str) -> dict[str, Any]:
    """Those of the namespace, by name."""
    found = stack.api.get(f"/apis/{KINDS[plural]}/v1/namespaces/{SPACE}/{plural}")["items"]
    return {each["metadata"]["name"]: each for each in found}


def test_they_are_taken_and_a_second_up_changes_nothing(stack: Stack) -> None:
    stack.up()
    (gateway,), (rule,) = held(stack, "gateways").values(), held(stack, "prometheusrules").values()
    routes, (monitor,) = held(stack, "httproutes"), held(stack, "servicemonitors").values()
    assert gateway["metadata"]["annotations"]["cert-manager.io/cluster-issuer"] == "le"
    assert [each["name"] for each in gateway["spec"]["listeners"]] == ["http", "https"]
    assert [each["reason"] for each in gateway["status"]["conditions"]] == ["Pending", "Pending"]
    (backend,) = routes["greeter"]["spec"]["rules"][0]["backendRefs"]
    called = stack.api.get(f"/api/v1/namespaces/{SPACE}/services/{backend['name']}")
    assert backend["port"] in [each["port"] for each in called["spec"]["ports"]]
    assert routes["greeter-redirect"]["spec"]["parentRefs"][0]["sectionName"] == "http"
    (asked,) = monitor["spec"]["endpoints"]
    assert asked["port"] in [each["name"] for each in called["spec"]["ports"]]
    wanted = monitor["spec"]["selector"]["matchLabels"].items()
    assert wanted <= called["metadata"]["labels"].items(), "it finds the Service by its labels"
    assert {each["alert"] for each in rule["spec"]["groups"][0]["rules"]} >= {
        "ServiceDown",
        "CertificateEnds",
    }
    assert stack.up().changed == {}
    assert (clean := stack.drift()).code == 0, clean.text


def test_what_no_definition_has_is_refused_by_the_control_plane(stack: Stack) -> None:
    """So that the test before this one would fail with a key or a value that is not there."""
    for plural, wrong in {
        "gateways": {"spec": {"listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}] * 2}},
        "httproutes": {"spec": {"rules": [{"timeouts": {"request": "60"}}]}},
        "servicemonitors": {"spec": {"endpoints": [{"interval": "half a minute"}]}},
        "prometheusrules": {
            "spec": {"groups": [{"name": "a", "rules": [{"alert": "A", "expr": "1", "for": "soon"}]}]}
        },
    }.items():
        path = f"/apis/{KINDS[plural]}/v1/namespaces/{SPACE}/{plural}/greeter"
        answer = stack.api.ask("PATCH", path, wrong, "application/merge-patch+json")
        assert answer.status == 422, answer.body


def test_destroy_leaves_none_of_them(stack: Stack) -> None:
    done = stack.project.destroy()
    assert done.code == 0, done.text
    assert {plural: held(stack, plural) for plural in KINDS} == {plural: {} for plural in KINDS}


def test_of_a_cluster_that_is_gone_for_good_the_state_is_rid_when_told_so(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = stack.configuration["regions"]["lab"]
    text, own = Path(region["cluster"]["kubeconfig"]).read_text(), tmp_path / "kubeconfig"
    own.write_text(text)
    elsewhere = {**region, "cluster": {**region["cluster"], "kubeconfig": str(own)}}
    stack.project.configure({**stack.configuration, "regions": {"lab": elsewhere}})
    stack.up()
    own.write_text(re.sub(r"https://127\.0\.0\.1:\d+", "https://127.0.0.1:9", text))
    kept = stack.project.destroy()
    assert kept.code != 0 and "does not answer: lab at https://127.0.0.1:9" in kept.text, kept.text
    monkeypatch.setenv("PULUMI_K8S_DELETE_UNREACHABLE", "true")
    done = stack.project.destroy()
    assert done.code == 0, done.text
    assert held(stack, "gateways"), "what became of it is not known, and it is left alone"
