"""Instances on AWS from a stack's outputs: the way to each, the key that it may show, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import settings
from desk import __main__ as desk
from desk import cloud, shell, stack
from model.refusal import Refusal
from tests.program.clusters import kubeconfig
from tests.program.clusters import region as cluster

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
REGION = "eu-central-1"
OPERATORS = {"operatorCidrs": ["203.0.113.0/24"]}
HOST = {"address": "10.40.1.2", "architecture": "arm64", "hostKey": KEY, "instance": "i-0a1b"}
OUTPUTS = {"regions": {REGION: {"hosts": {"m7g-large-1": HOST}}}}


def region(access: dict[str, Any], **group: Any) -> dict[str, Any]:
    return {
        "instances": [{"type": "m7g.large", **group}],
        "network": {"range": "10.40.0.0/16"},
        "access": access,
        "login": {"publicKey": KEY},
    }


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(desk, "PROJECT", tmp_path)
    return tmp_path


def wanted(project: Path, access: dict[str, Any], **group: Any) -> settings.Settings:
    service = {"name": "shop", "source": "shop", "arguments": ["{port}"]}
    config = {"slipway:service": service, "slipway:regions": {REGION: region(access, **group)}}
    (project / "Pulumi.cloud.yaml").write_text(yaml.safe_dump({"config": config}))
    return stack.configured(project, "cloud")


def through_bastion() -> dict[str, Any]:
    bastion = {"address": "192.0.2.1", "hostKey": KEY}
    return {"regions": {REGION: {**OUTPUTS["regions"][REGION], "bastion": bastion}}}


def test_a_host_behind_a_bastion_is_reached_through_it_with_both_keys_pinned(project: Path) -> None:
    (machine,) = cloud.told(wanted(project, {"bastion": OPERATORS}), project, through_bastion())
    assert (machine.name, machine.service, machine.host.address) == (
        f"{REGION}/m7g-large-1",
        "shop",
        "10.40.1.2",
    )
    assert machine.host.host_key == KEY and machine.login.jump and machine.login.jump.address == "192.0.2.1"
    (way,) = (word for word in shell.words(machine) if word.startswith("ProxyCommand="))
    assert way.endswith("-W 10.40.1.2:22 192.0.2.1")


def test_a_host_of_a_connected_network_is_dialled(project: Path) -> None:
    (machine,) = cloud.told(wanted(project, {"direct": OPERATORS}), project, OUTPUTS)
    assert (machine.login.jump, machine.way, machine.host.address) == (None, (), "10.40.1.2")


def test_a_host_behind_a_tunnel_is_reached_through_a_command(project: Path) -> None:
    (machine,) = cloud.told(wanted(project, {"tunnel": {}}), project, OUTPUTS)
    command = f"aws ec2-instance-connect open-tunnel --instance-id i-0a1b --region {REGION}"
    assert machine.way == tuple(command.split())
    assert f"ProxyCommand={command}" in shell.words(machine)


def test_what_the_outputs_do_not_tell_is_refused_with_what_helps(project: Path) -> None:
    settings = wanted(project, {"bastion": OPERATORS})
    old = {"regions": {REGION: {"hosts": {"m7g-large-1": {**HOST, "hostKey": None}}}}}
    for outputs, words in (
        ({}, "no instance is known in eu-central-1: the stack's outputs name none; `make up`"),
        (OUTPUTS, "did not tell which key eu-central-1/m7g-large-1 may show; `make up` once more"),
        (old, "did not tell which key"),
    ):
        with pytest.raises(Refusal, match=words):
            cloud.told(settings, project, outputs)


def test_instances_that_come_and_go_are_said_not_to_be_asked(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted(project, {"tunnel": {}}, autoscaling={"min": 2, "max": 4})
    monkeypatch.setattr(cloud, "outputs", lambda *_: {"regions": {REGION: {"hosts": {}}}})
    assert desk.main(["status", "--stack", "cloud"]) == 1
    assert "come and go with the load are not asked" in capsys.readouterr().err


def test_instances_beside_a_cluster_are_asked(project: Path) -> None:
    regions = {REGION: region({"direct": OPERATORS}), "edge": cluster(kubeconfig(project / "config"))}
    service = {"name": "shop", "source": "shop", "arguments": ["{port}"]}
    config = {"slipway:service": service, "slipway:regions": regions}
    (project / "Pulumi.mixed.yaml").write_text(yaml.safe_dump({"config": config}))
    mixed = stack.configured(project, "mixed")
    assert stack.hosts(mixed, project) == []
    assert [each.name for each in cloud.told(mixed, project, OUTPUTS)] == [f"{REGION}/m7g-large-1"]
