"""Every object against the API of each minor version that is supported: a key that one of them lacks is found here."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from tests.components.kubernetes.minors import PINNED, faults, schema
from tests.components.kubernetes.test_schema import objects


@pytest.mark.parametrize("minor", PINNED)
def test_every_key_is_known_there_and_of_that_type(minor: str, tmp_path: Path) -> None:
    types = schema(minor, tmp_path)
    assert [line for made in objects() for line in faults(types, made)] == []


def test_what_a_minor_does_not_know_is_found(tmp_path: Path) -> None:
    types = schema("1.30", tmp_path)
    (deployment,) = (each for each in objects() if each["kind"] == "Deployment")
    wrong = copy.deepcopy(deployment)
    wrong["spec"]["minReadySeconds"] = "7"
    (container,) = wrong["spec"]["template"]["spec"]["containers"]
    container["lifecycle"]["stopSignal"] = "SIGUSR1"  # of 1.33 and later
    container["args"] = "-addr"
    assert faults(types, deployment) == []
    assert sorted(faults(types, wrong)) == [
        "Deployment.spec.minReadySeconds is '7', not numeric",
        "Deployment.spec.template.spec.containers[0].args is no list",
        "Deployment.spec.template.spec.containers[0].lifecycle.stopSignal is not there",
    ]
    assert "stopSignal is not there" not in str(faults(schema("1.33", tmp_path), wrong))
