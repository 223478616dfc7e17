"""Every input of what belongs to a cluster against the API's own model, as botocore has it. That AWS agrees is not proven."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.session import get_session

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


def misfits(value: Any, shape: Any, path: str) -> Iterator[str]:
    """Unknown and missing members, and texts that are not among those allowed or not of their form."""
    if shape.type_name == "structure":
        for key, each in value.items():
            if key not in shape.members:
                yield f"{path}.{key} is unknown"
            else:
                yield from misfits(each, shape.members[key], f"{path}.{key}")
        yield from (f"{path}.{key} is missing" for key in shape.required_members if key not in value)
    elif shape.type_name == "list":
        for each in value:
            yield from misfits(each, shape.member, f"{path}[]")
    elif shape.type_name == "string":
        allowed = getattr(shape, "enum", [])
        if allowed and value not in allowed:
            yield f"{path} is {value}, which is none of {allowed}"
        form, most = shape.metadata.get("pattern"), shape.metadata.get("max")
        if form and not re.search(form, value):
            yield f"{path} is {value}, which is not of the form {form}"
        if most and len(value) > most:
            yield f"{path} is longer than {most}"


def accepted(service: str, call: str) -> Any:
    shape = get_session().get_service_model(service).operation_model(call).input_shape
    assert shape
    return shape


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
