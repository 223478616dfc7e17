"""pulumi-kubernetes' provider as the project builds it: the one file of its SDK that ours replaces changes no object."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from kubelab.control_plane import ControlPlane
from tests.engine.projects import Project
from tools import kubernetes_provider
from tools.program import TOOLS

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(3600),  # the first time its programs are built
]
GROUP = """
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes.yaml.v2 import ConfigGroup
lab = kubernetes.Provider("lab", kubeconfig={kubeconfig!r}, context="lab")
text = '''
apiVersion: v1
kind: ConfigMap
metadata: {{name: told, namespace: default}}
data: {{word: {word}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: told, namespace: default}}
spec: {{podSelector: {{}}}}
'''
ConfigGroup("group", yaml=text, opts=ResourceOptions(providers=[lab]))
"""


def test_every_kind_has_the_name_that_the_sdk_gives_it() -> None:
    sdk = kubernetes_provider.module(TOOLS / kubernetes_provider.NAME, kubernetes_provider.SDK)
    text = (sdk / kubernetes_provider.KINDS).read_text()
    named = re.findall(
        r'case "(\S+)/(\w+)":\n\t\tvar res .+\n\t\terr := ctx\.RegisterResource\("(\S+)"', text
    )
    assert len(named) > 150 and len(named) == text.count("var res ") - 1, (
        "all but the kinds that it does not know"
    )
    for version, kind, name in named:
        assert name == f"kubernetes:{'core/v1' if version == 'v1' else version}:{kind}"


def test_what_yaml_says_is_made_changed_and_removed(
    plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{kubernetes_provider.provider()}{os.pathsep}{os.environ['PATH']}")
    project = Project(tmp_path / "project")
    at = "/api/v1/namespaces/default/configmaps/told"
    for word in ("one", "two"):
        project.program(GROUP.format(kubeconfig=str(plane.place.kubeconfig), word=word))
        project.must("up")
        assert plane.api.get(at)["data"] == {"word": word}
    assert plane.api.get("/apis/networking.k8s.io/v1/namespaces/default/networkpolicies/told")
    assert "unchanged" in project.must("up").stdout
    project.must("destroy")
    found = plane.api.get("/api/v1/namespaces/default/configmaps")["items"]
    assert "told" not in [each["metadata"]["name"] for each in found]
