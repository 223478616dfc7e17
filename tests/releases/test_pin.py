"""Where a rollback goes, and what it writes into the stack file."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

from clusters import releases as cluster_releases
from clusters.api import Namespace
from model.kubernetes import kept
from model.refusal import Refusal
from releases import clusters, groups, pin
from releases.__main__ import main
from releases.fleet import Answer
from releases.table import table
from settings import Settings
from tests.model.kubernetes.test_kept import replica_set
from tests.program.clusters import kubeconfig, region
from tests.program.eks_regions import region as eks_region

ONE, TWO, ARM = "1" * 12, "2" * 12, "a" * 12
STACK_FILE = """# What users see.
config:
  slipway:service:
    name: greeter   # not Greeter
    arguments: ["-addr", "127.0.0.1:{port}"]
  slipway:release:
    drain: 10
# Encrypted.
  slipway:secrets:
    TOKEN:
      secure: v1:abc/def:0123456789+/=
encryptionsalt: v1:3mTzG9I6KIs=:v1:vX5o87hGYdfCaNeh:ZPzXC5A5rTEYg9Mri3W311RBIxBing==
"""


def answer(host: str, *kept: str, previous: str | None = None, **more: Any) -> Answer:
    releases = {
        "current": kept[0] if kept else None,
        "previous": previous,
        "kept": [
            {
                "release": one,
                "version": f"v{one[0]}",
                "sha256": "f" * 64,
                "when": "2026-01-02T03:04:05Z",
                "who": "deploy",
            }
            for one in kept
        ],
    }
    return Answer(region="eu", host=host, architecture="amd64", releases=releases, **more)


def test_without_an_id_each_host_goes_to_its_own_previous_release() -> None:
    answers = [answer("web1", TWO, ONE, previous=ONE), answer("web2", "b" * 12, ARM, previous=ARM)]
    assert pin.target(answers, []) == {"eu/web1": ONE, "eu/web2": ARM}


def test_of_the_ids_given_each_host_takes_the_one_that_it_keeps() -> None:
    answers = [answer("web1", TWO, ONE), answer("web2", "b" * 12, ARM)]
    assert pin.target(answers, [ONE, ARM]) == {"eu/web1": ONE, "eu/web2": ARM}


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ([], "eu/web2 has no release to go back to; it keeps " + TWO),
        ([ONE], f"eu/web2 keeps none of {ONE}; it keeps {TWO}"),
        ([ONE, TWO], f"eu/web1 keeps more than one of {ONE}, {TWO}; it keeps {TWO}, {ONE}"),
    ],
)
def test_a_rollback_that_one_host_cannot_make_is_refused_for_all(wanted: list[str], said: str) -> None:
    answers = [answer("web1", TWO, ONE, previous=ONE), answer("web2", TWO)]
    with pytest.raises(Refusal) as caught:
        pin.target(answers, wanted)
    assert said in str(caught.value)


def test_a_host_that_does_not_answer_stops_a_rollback() -> None:
    with pytest.raises(Refusal, match="eu/web2: no answer within 5 s"):
        pin.target([answer("web1", TWO, ONE, previous=ONE), answer("web2", error="no answer within 5 s")], [])


def test_the_pin_is_one_line_more_and_taking_it_out_gives_the_same_file_again(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(STACK_FILE)
    pin.write(file, [ONE, ARM, ONE])
    assert "slipway:release:\n    pin:\n" in file.read_text(), "not behind the comment of what follows"
    added = [line.strip() for line in file.read_text().splitlines() if line not in STACK_FILE.splitlines()]
    assert added == ["pin:", f"- '{ONE}'", f"- {ARM}"], "an id of digits alone is no number"
    pin.write(file, [])
    assert file.read_text() == STACK_FILE


def test_a_stack_file_without_a_release_policy_gets_one_and_loses_it_again(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text("config:\n  slipway:service:\n    name: greeter\n")
    pin.write(file, [ARM])
    assert "  slipway:release:\n    pin:\n      - aaaaaaaaaaaa\n" in file.read_text()
    pin.write(file, [])
    assert file.read_text() == "config:\n  slipway:service:\n    name: greeter\n"


@pytest.mark.parametrize(
    "policy",
    [
        "  release:\n    drain: 10\n",
        "  slipway:release: '{\"drain\": 10}'\n",
        '  release: "{\\"drain\\": 10}"\n',
        "  slipway:release: null\n",
        "",
    ],
)
def test_it_is_written_where_the_program_reads_it_however_that_is_written(
    policy: str, tmp_path: Path
) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(f"config:\n  service:\n    name: greeter\n{policy}")
    drained = {"drain": 10} if "drain" in policy else {}
    pin.write(file, [ARM])
    config = yaml.safe_load(file.read_text())["config"]
    found = {key.removeprefix("slipway:"): value for key, value in config.items()}
    assert len(config) == len(found) == 2 and found["release"] == {"pin": [ARM], **drained}
    pin.write(file, [])
    config = yaml.safe_load(file.read_text())["config"]
    assert [value for key, value in config.items() if key.endswith("release")] == (
        [drained] if drained else []
    )
    pin.write_artifact(file, "/srv/artifacts", "sha256:1")
    service = yaml.safe_load(file.read_text())["config"]["service"]
    assert service["artifact"] == {"store": "/srv/artifacts", "digest": "sha256:1"}


@pytest.mark.parametrize(
    "text", ["config: [", "encryptionsalt: v1\n", "config:\n  slipway:release: soon\n", ""]
)
def test_a_stack_file_that_cannot_be_changed_is_named_and_left_as_it_is(text: str, tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(text)
    with pytest.raises(Refusal, match=r"Pulumi\.prod\.yaml|slipway:release is no map"):
        pin.write(file, [])
    assert file.read_text() == text


def test_the_table_marks_what_is_live_and_where_a_rollback_goes_and_tells_why_something_went() -> None:
    told = answer("web1", TWO, ONE, ARM, previous=ARM)
    told.releases["kept"][1] |= {"deployer": "192.0.2.7", "reverted": "not confirmed within 60 s"}
    lines = table([told, answer("web2", error="no answer within 5 s")]).splitlines()
    assert lines[1].split() == ["eu/web1", "*", TWO, "v2", "f" * 12, "2026-01-02T03:04:05Z", "deploy"]
    assert lines[2].split(maxsplit=3)[:2] == [ONE, "v1"]
    assert lines[2].endswith("deploy from 192.0.2.7  not confirmed within 60 s")
    assert lines[3].split()[:2] == ["<", ARM]
    assert lines[4] == "eu/web2     (no answer within 5 s)"


def test_a_stack_without_a_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["list"], ["rollback"], ["unpin"]):
        assert main([*words, "--stack", "nowhere"]) == 1
        assert "Pulumi.nowhere.yaml" in capsys.readouterr().err


@pytest.mark.parametrize("group", [{"count": 1}, {"autoscaling": {"min": 1, "max": 2}}])
def test_instances_are_asked_and_of_those_that_come_and_go_their_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], group: dict[str, Any]
) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
    region = {
        "instances": [{"type": "m7g.large", **group}],
        "network": {"range": "10.40.0.0/16"},
        "access": {"tunnel": {}},
        "login": {"publicKey": key},
    }
    service = {"name": "greeter", "source": "examples/greeter", "arguments": ["{port}"]}
    config = {"slipway:service": service, "slipway:regions": {"eu-west-1": region}}
    file = tmp_path / "Pulumi.aws.yaml"
    file.write_text(yaml.safe_dump({"config": config}))
    monkeypatch.setattr("releases.__main__.PROJECT", tmp_path)
    facts = {"address": "10.40.1.2", "architecture": "arm64", "hostKey": key, "instance": "i-1"}
    told: dict[str, Any] = {"regions": {"eu-west-1": {"hosts": {"web": facts}}}}
    if "autoscaling" in group:
        groups = {"m7g-large": {"architecture": "arm64", "release": TWO, "bundles": "bucket"}}
        told = {"regions": {"eu-west-1": {"hosts": {}, "groups": groups}}}
        monkeypatch.setattr("boto3.client", lambda *_, **__: Bucket())
    monkeypatch.setattr("desk.cloud.outputs", lambda *_: told)
    monkeypatch.setattr(
        "releases.fleet.ask", lambda hosts: [answer(each.host.name, TWO, ONE, previous=ONE) for each in hosts]
    )
    assert main(["rollback", "--yes", "--stack", "aws"]) == 0
    assert yaml.safe_load(file.read_text())["config"]["slipway:release"]["pin"] == [ONE]
    said = capsys.readouterr().out
    assert ("eu-west-1/m7g-large  to" if "autoscaling" in group else "eu/web  to") in said
    assert ARM not in said, "a release of another architecture is none to go back to"


class Bucket:
    """What S3 keeps of a group that runs TWO: ONE, another service's, another architecture's, and one of long ago."""

    KEPT = (
        (ONE, "arm64", "greeter", 3),
        (TWO, "arm64", "greeter", 4),
        (ARM, "amd64", "greeter", 3),
        ("9" * 12, "arm64", "greeter-admin", 3),
        ("8" * 12, "arm64", "greeter", 1),
    )

    def get_paginator(self, name: str) -> Bucket:
        return self

    def paginate(self, Bucket: str, Prefix: str) -> list[dict[str, Any]]:
        day = [datetime(2026, 1, each[-1], tzinfo=UTC) for each in self.KEPT]
        return [
            {
                "Contents": [
                    {"Key": each[0], "LastModified": when} for each, when in zip(self.KEPT, day, strict=True)
                ]
            },
            {},
        ]

    def head_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        release, architecture, service, _ = next(each for each in self.KEPT if each[0] == Key)
        known = {"service": service, "release": release, "version": "v1", "architecture": architecture}
        return {"Metadata": known | {"bundle": "b", "binary": "f" * 64, "waits": "60"}}


def test_a_cluster_of_eks_beside_hosts_is_said_not_to_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
    host = {"name": "web1", "address": "192.0.2.1", "architecture": "amd64", "hostKey": key}
    service = {"name": "greeter", "source": "examples/greeter", "arguments": ["{port}"]}
    regions = {"here": {"hosts": [host]}, "eu-central-1": eks_region()}
    config = {"slipway:service": service, "slipway:regions": regions}
    (tmp_path / "Pulumi.mixed.yaml").write_text(yaml.safe_dump({"config": config}))
    monkeypatch.setattr("releases.__main__.PROJECT", tmp_path)
    monkeypatch.setattr("releases.fleet.ask", lambda hosts: [answer("web1", TWO, ONE, previous=ONE)])
    assert main(["list", "--stack", "mixed"]) == 0
    assert "eu-central-1: a cluster of EKS is not asked" in capsys.readouterr().err


@pytest.mark.parametrize(("pinned", "previous"), [([ONE], TWO), (None, "8" * 12)])
def test_a_group_that_went_back_goes_back_to_what_ran_before(
    monkeypatch: pytest.MonkeyPatch, pinned: list[str] | None, previous: str
) -> None:
    monkeypatch.setattr("boto3.client", lambda *_, **__: Bucket())
    wanted = SimpleNamespace(
        cloud_regions=["eu-west-1"],
        service=SimpleNamespace(name="greeter"),
        release=SimpleNamespace(pin=pinned),
    )
    facts = {"architecture": "arm64", "release": ONE, "bundles": "bucket"}
    told = {"regions": {"eu-west-1": {"groups": {"m7g-large": facts}}}}
    (found,) = groups.ask(cast(Settings, wanted), told)
    assert found.releases["previous"] == previous


def test_a_rollback_whose_up_would_stop_at_a_question_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "Pulumi.mine.yaml"
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
    host = {"name": "web1", "address": "192.0.2.1", "architecture": "amd64", "hostKey": key}
    service = {"name": "greeter", "source": "examples/greeter", "arguments": ["{port}"]}
    settings = {"slipway:service": service, "slipway:regions": {"eu": {"hosts": [host]}}}
    path.write_text(text := yaml.safe_dump({"config": settings}))
    monkeypatch.setattr("releases.__main__.PROJECT", tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.delenv("YES", raising=False)
    assert main(["rollback", "--stack", "mine"]) == 1
    said = capsys.readouterr().err
    assert "there is no terminal, so nothing was written" in said and "make rollback STACK=mine YES=1" in said
    assert path.read_text() == text


def test_a_cluster_that_cannot_be_asked_is_named_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service = {"name": "greeter", "source": "examples/greeter", "arguments": ["{port}"]}
    regions = {"edge": region(kubeconfig(tmp_path / "config"))}
    file = tmp_path / "Pulumi.k3s.yaml"
    file.write_text(yaml.safe_dump({"config": {"slipway:service": service, "slipway:regions": regions}}))
    before = file.read_text()
    monkeypatch.setattr("releases.__main__.PROJECT", tmp_path)
    assert main(["rollback", "--yes", "--stack", "k3s"]) == 1
    assert "edge/greeter: the kubeconfig's context edge cannot be used" in capsys.readouterr().err
    assert file.read_text() == before


def test_a_cluster_goes_back_to_what_it_keeps_beside_hosts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment = {"metadata": {"uid": "d", "annotations": {kept.REVISION: "2"}}}
    sets = [replica_set(ONE, 1), replica_set(TWO, 2, 4)]
    monkeypatch.setattr(clusters, "login", lambda *told: None)
    monkeypatch.setattr(clusters, "Namespace", lambda *told: Cluster(deployment, sets))
    service = {"name": "greeter", "source": "examples/greeter", "arguments": ["{port}"]}
    regions = {"edge": region(kubeconfig(tmp_path / "config"))}
    file = tmp_path / "Pulumi.k3s.yaml"
    file.write_text(yaml.safe_dump({"config": {"slipway:service": service, "slipway:regions": regions}}))
    monkeypatch.setattr("releases.__main__.PROJECT", tmp_path)
    ups = list[list[str]]()
    monkeypatch.setattr("engine.__main__.main", lambda words: ups.append(words) or 7)
    assert main(["rollback", "--yes", "--stack", "k3s"]) == 0
    assert f"edge/greeter  to {ONE}, version v1" in capsys.readouterr().out
    assert ups == []
    assert main(["rollback", "--yes", "--up", "--stack", "k3s"]) == 7, "as `up` ended"
    assert ups == [["up", "--stack", "k3s", "--yes"]]
    assert yaml.safe_load(file.read_text())["config"]["slipway:release"] == {"pin": [ONE]}


def test_a_release_whose_configuration_is_gone_is_none_to_go_back_to() -> None:
    deployment = {"metadata": {"uid": "d", "annotations": {kept.REVISION: "2"}}}
    sets = [replica_set(ONE, 1), replica_set(TWO, 2, 4)]
    found = cluster_releases.ask(cast(Namespace, Cluster(deployment, sets, gone="shop-s1")), "greeter")
    assert [each.release for each in found.kept] == [TWO] and found.previous is None


class Cluster:
    """Has a Deployment, its ReplicaSets, and all that their copies read but `gone`."""

    def __init__(self, deployment: dict[str, Any], sets: list[dict[str, Any]], gone: str = "") -> None:
        self._deployment, self._sets, self._gone = deployment, sets, gone

    def get(self, kind: str, name: str) -> dict[str, Any]:
        return self._deployment

    def list(self, kind: str) -> list[dict[str, Any]]:
        return self._sets

    def there(self, kind: str, name: str) -> bool:
        return name != self._gone
