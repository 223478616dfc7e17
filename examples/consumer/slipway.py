"""A Slipway stack's outputs, typed. To copy into any Pulumi program; needs only `pulumi`. docs/outputs.md lists the fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

CONTRACT = 1


@dataclass(frozen=True, kw_only=True)
class Artifact:
    sha256: str
    size: int
    go_version: str


@dataclass(frozen=True, kw_only=True)
class Network:
    vpc_id: str
    public_subnet_ids: tuple[str, ...]
    private_subnet_ids: tuple[str, ...]
    private_route_table_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Host:
    release: str
    version: str
    architecture: str
    sha256: str
    address: str
    host_key: str | None
    instance: str | None


@dataclass(frozen=True, kw_only=True)
class Bastion:
    address: str
    host_key: str


@dataclass(frozen=True, kw_only=True)
class Cluster:
    namespace: str
    deployment: str
    image: str
    release: str
    name: str | None
    role: str | None


@dataclass(frozen=True, kw_only=True)
class Group:
    group: str
    release: str
    version: str
    architecture: str
    sha256: str
    template: str
    bundles: str


@dataclass(frozen=True, kw_only=True)
class Region:
    endpoint: str
    network: Network | None
    security_groups: Mapping[str, str]
    hosts: Mapping[str, Host]
    groups: Mapping[str, Group]
    bastion: Bastion | None
    cluster: Cluster | None
    monitor: str | None


@dataclass(frozen=True, kw_only=True)
class FrontDoor:
    name: str
    url: str
    mechanism: str
    served_within: int
    objective: int | None
    drained: tuple[str, ...]
    name_servers: tuple[str, ...]
    delegation: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Slipway:
    """What the stack exports."""

    service: str
    version: str
    artifacts: Mapping[str, Artifact]
    url: str
    regions: Mapping[str, Region]
    front_door: FrontDoor | None


def read(stack: str) -> pulumi.Output[Slipway]:
    """The outputs of `stack` (organization/project/stack). Fails when it has none or they follow another contract."""
    reference = pulumi.StackReference(stack)
    return reference.outputs.apply(lambda outputs: parse(stack, outputs))


def parse(stack: str, outputs: Mapping[str, Any]) -> Slipway:
    """Typed outputs. Ignores fields that it does not know, which later versions may add; ValueError otherwise."""
    number = outputs.get("contract")
    if number != CONTRACT:
        raise ValueError(
            f"the stack {stack} follows contract {number}, and this program reads contract {CONTRACT}: "
            "bring that stack up with a Slipway of this contract, or copy its examples/consumer/slipway.py here"
            if number is not None
            else f"the stack {stack} exports no contract number: it is no Slipway stack, or was not brought up yet"
        )
    return Slipway(
        service=outputs["service"],
        version=outputs["version"],
        artifacts={name: _artifact(each) for name, each in outputs["artifacts"].items()},
        url=outputs["url"],
        regions={name: _region(each) for name, each in outputs["regions"].items()},
        front_door=_front_door(outputs["frontDoor"]) if "frontDoor" in outputs else None,
    )


def _artifact(told: Mapping[str, Any]) -> Artifact:
    return Artifact(sha256=told["sha256"], size=int(told["size"]), go_version=told["goVersion"])


def _region(told: Mapping[str, Any]) -> Region:
    return Region(
        endpoint=told["endpoint"],
        network=_network(told["network"]) if "network" in told else None,
        security_groups=dict(told["securityGroups"]),
        hosts={name: _host(each) for name, each in told["hosts"].items()},
        groups={name: _group(each) for name, each in (told.get("groups") or {}).items()},
        bastion=_bastion(told["bastion"]) if "bastion" in told else None,
        monitor=told.get("monitor"),
        cluster=_cluster(told["cluster"]) if "cluster" in told else None,
    )


def _network(told: Mapping[str, Any]) -> Network:
    return Network(
        vpc_id=told["vpcId"],
        public_subnet_ids=tuple(told["publicSubnetIds"]),
        private_subnet_ids=tuple(told["privateSubnetIds"]),
        private_route_table_ids=tuple(told.get("privateRouteTableIds") or ()),
    )


def _host(told: Mapping[str, Any]) -> Host:
    return Host(
        release=told["release"],
        version=told["version"],
        architecture=told["architecture"],
        sha256=told["sha256"],
        address=told["address"],
        host_key=told.get("hostKey"),
        instance=told.get("instance"),
    )


def _group(told: Mapping[str, Any]) -> Group:
    return Group(
        group=told["group"],
        release=told["release"],
        version=told["version"],
        architecture=told["architecture"],
        sha256=told["sha256"],
        template=told["template"],
        bundles=told["bundles"],
    )


def _bastion(told: Mapping[str, Any]) -> Bastion:
    return Bastion(address=told["address"], host_key=told["hostKey"])


def _front_door(told: Mapping[str, Any]) -> FrontDoor:
    return FrontDoor(
        name=told["name"],
        url=told["url"],
        mechanism=told["mechanism"],
        served_within=int(told["servedWithin"]),
        objective=int(told["objective"]) if "objective" in told else None,
        drained=tuple(told["drained"]),
        name_servers=tuple(told["nameServers"]),
        delegation=tuple(told["delegation"]),
    )


def _cluster(told: Mapping[str, Any]) -> Cluster:
    return Cluster(
        namespace=told["namespace"],
        deployment=told["deployment"],
        image=told["image"],
        release=told["release"],
        name=told.get("name"),
        role=told.get("role"),
    )
