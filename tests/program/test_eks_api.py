"""Every input of what belongs to a cluster against the API's own model, as botocore has it. That AWS agrees is not proven."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.program.api_model import accepted, misfits
from tests.program.recorder import inputs
from tests.program.test_eks import protected

Inputs = dict[str, Any]


def _cluster(told: Inputs) -> Inputs:
    logs = {"clusterLogging": [{"types": told.pop("enabledClusterLogTypes"), "enabled": True}]}
    network, keys = told.pop("vpcConfig"), [told.pop("encryptionConfig")]
    return {**told, "resourcesVpcConfig": network, "encryptionConfig": keys, "logging": logs}


def _addon(told: Inputs) -> Inputs:
    kept = {key: value for key, value in told.items() if not key.startswith("resolve")}
    return {**kept, "resolveConflicts": told["resolveConflictsOnCreate"]}


def _repository(told: Inputs) -> Inputs:
    return {
        "repositoryName": told["name"],
        "imageTagMutability": told["imageTagMutability"],
        "imageScanningConfiguration": told["imageScanningConfiguration"],
        "encryptionConfiguration": told["encryptionConfigurations"][0],
    }


CALLS: dict[str, tuple[str, str, Callable[[Inputs], Inputs]]] = {
    "aws:eks/cluster:Cluster": ("eks", "CreateCluster", _cluster),
    "aws:eks/accessEntry:AccessEntry": ("eks", "CreateAccessEntry", dict),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": ("eks", "AssociateAccessPolicy", dict),
    "aws:eks/addon:Addon": ("eks", "CreateAddon", _addon),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": ("eks", "CreatePodIdentityAssociation", dict),
    "aws:ecr/repository:Repository": ("ecr", "CreateRepository", _repository),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": (
        "ecr",
        "PutLifecyclePolicy",
        lambda told: {"repositoryName": "greeter-prod", "lifecyclePolicyText": told["policy"]},
    ),
}
"""The call by which the provider makes each type, and the inputs as that has them."""


@pytest.mark.parametrize("kind", CALLS)
def test_every_input_fits_the_call_that_makes_it(kind: str) -> None:
    service, call, translated = CALLS[kind]
    made = protected().of(kind)
    assert made
    found = [
        line
        for request in made.values()
        for line in misfits(translated(inputs(request)), accepted(service, call), request.name)
    ]
    assert found == []


def test_what_does_not_fit_is_found() -> None:
    (request,) = protected().of("aws:eks/cluster:Cluster").values()
    wrong = _cluster(inputs(request)) | {"upgradePolicy": {"supportType": "LONG"}, "autoMode": True}
    del wrong["roleArn"]
    found = " ".join(misfits(wrong, accepted("eks", "CreateCluster"), "it"))
    assert "supportType is LONG" in found and "autoMode is unknown" in found and "roleArn is missing" in found
