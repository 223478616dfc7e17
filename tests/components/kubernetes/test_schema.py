"""Every key of every object against the provider's own types, which are made from the API's OpenAPI document."""

from __future__ import annotations

import importlib
import typing
from typing import Any

import pytest
from pulumi._types import input_type_types, is_input_type

from components.kubernetes.workload import KINDS
from model.workload import Workload
from tests.model.kubernetes.placements import placed, service, written

EVERYTHING = {
    "entrance": {"kind": "ingress", "class": "nginx", "domain": "a.example.com", "issuer": "le"},
    "priority": "high",
    "pullSecret": "mine",
    "ownNamespace": True,
    "tolerations": [{"key": "edge", "effect": "NoSchedule"}],
    "waitWith": "registry.example.com/busybox@sha256:" + "1" * 64,
}


def objects() -> list[dict[str, Any]]:
    what = service(
        files={"a": {"source": "a"}},
        ports={"metrics": [9101, 9102]},
        secretFiles={"KEY": "text"},
        needs=["db.example:5432"],
        limits={"cpu": "50%"},
        health={"host": "shop.example.com"},
    )
    made = placed(
        what, written(Workload, **EVERYTHING), files={"a": b"a"}, secrets={"KEY": "k", "TOKEN": "t"}
    )
    assert made.namespace
    return [made.namespace, *made.before, made.deployment, *made.after, *made.last]


def unknown(value: Any, kind: Any, path: str) -> list[str]:
    """Keys that the type does not know, however deep."""
    if isinstance(value, list):
        inner = typing.get_args(kind)[0]
        return [
            line for number, each in enumerate(value) for line in unknown(each, inner, f"{path}[{number}]")
        ]
    if typing.get_origin(kind) is typing.Union:
        # What a list holds may also be promised to the engine.
        kind = typing.get_args(kind)[0]
    if not isinstance(value, dict) or not (isinstance(kind, type) and is_input_type(kind)):
        return []
    fields = input_type_types(kind)
    found = [f"{path}.{key}" for key in value if key not in fields]
    inner = {key: each for key, each in value.items() if key in fields}
    return found + [
        line for key, each in inner.items() for line in unknown(each, fields[key], f"{path}.{key}")
    ]


def arguments(made: dict[str, Any]) -> Any:
    group = made["apiVersion"].removesuffix(".k8s.io/v1") + (
        "/v1" if ".k8s.io/" in made["apiVersion"] else ""
    )
    module = importlib.import_module(
        f"pulumi_kubernetes.{('core/' + group if '/' not in group else group).replace('/', '.')}.{made['kind']}"
    )
    return getattr(module, f"{made['kind']}InitArgs")


@pytest.mark.parametrize("made", objects(), ids=lambda made: f"{made['kind']}-{made['metadata']['name']}")
def test_every_key_of_an_object_is_one_of_its_kind(made: dict[str, Any]) -> None:
    assert made["kind"] in KINDS, "a kind of the API's own has a class of the provider"
    assert unknown(made, arguments(made), made["kind"]) == []


def test_a_key_that_no_kind_has_is_found() -> None:
    (deployment,) = (each for each in objects() if each["kind"] == "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    assert unknown(deployment, arguments(deployment), "Deployment") == [
        "Deployment.spec.template.spec.containers[0].readynessProbe"
    ]
