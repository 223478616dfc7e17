"""Objects in a cluster that is not there. That a real cluster takes them is for tests with a control plane."""

import asyncio

from plugins.pretended_kubernetes import Kubernetes, KubernetesProvider
from plugins.values import UNKNOWN, Values

POD = "kubernetes:core/v1:Pod"


def pod(name: str = "web", **spec: object) -> Values:
    return {"metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def test_an_object_becomes_what_it_should_be_and_is_named_by_its_place() -> None:
    provider = KubernetesProvider()
    made = asyncio.run(provider.create(POD, pod(a=1), lambda line, stream: None))
    assert made == {**pod(a=1), "id": "shop/web"}
    assert provider.preview_outputs(POD, None, pod(a=UNKNOWN)) == pod(a=UNKNOWN)


def test_another_name_is_another_object_and_another_content_is_not() -> None:
    provider = KubernetesProvider()
    assert provider.diff(POD, pod(a=1), pod(a=2)).replace == ()
    assert provider.diff(POD, pod(a=1), pod(a=2)).changed == ("spec",)
    assert provider.diff(POD, pod(), pod("api")).replace == ("metadata",)


def test_an_object_without_a_name_and_a_provider_without_a_cluster_are_refused() -> None:
    assert asyncio.run(KubernetesProvider().check(POD, {"metadata": {}}))
    assert asyncio.run(KubernetesProvider().check(POD, pod())) == []
    assert Kubernetes().check({}) and Kubernetes().check({"kubeconfig": "{}"})
    assert Kubernetes().check({"kubeconfig": UNKNOWN, "context": "eks"}) == []


def test_another_cluster_replaces_all_objects() -> None:
    moved = Kubernetes().diff({"clusterIdentifier": "a"}, {"clusterIdentifier": "b"})
    assert moved.replace == ("clusterIdentifier",)
    assert Kubernetes().diff({"kubeconfig": "a"}, {"kubeconfig": "b"}).replace == ()
