"""What one stack's hosts run becomes the artifact that another stack names."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from artifacts import signature, store
from model.refusal import Refusal
from model.service import Service
from model.stored_artifact import StoredArtifact
from releases import pin, promotion
from releases.__main__ import main
from releases.fleet import Answer
from tests.artifacts import keys
from tests.gobuild.go_services import commit, git
from tests.program.eks_regions import region as eks_region

PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID2HRIAnDujLGCzBwPxHeFMeKfHW5O5Ydl7zGygH3JGM"
SERVICE = Service(name="shop", source="shop", arguments=("{port}",))
ARM = {"release": "a" * 12, "version": "v1", "sha256": hashlib.sha256(b"arm64").hexdigest()}
AMD = {"release": "b" * 12, "version": "v1", "sha256": hashlib.sha256(b"amd64").hexdigest()}


def host(name: str, architecture: str, *kept: dict[str, Any], error: str = "", **more: Any) -> Answer:
    told = {"current": kept[0]["release"] if kept else None, "unconfirmed": False, "kept": [*kept], **more}
    return Answer(region="eu", host=name, architecture=architecture, releases=told, error=error)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """With a source that is tagged v1, and both binaries built."""
    (tmp_path / "shop").mkdir()
    git(tmp_path, "init", "--quiet")
    (tmp_path / "shop" / "main.go").write_text("package main")
    (tmp_path / ".gitignore").write_text(".slipway\n")
    commit(tmp_path)
    git(tmp_path, "tag", "v1")
    for each, level in (("amd64", "v2"), ("arm64", "v8.0-lse")):
        digest = hashlib.sha256(each.encode()).hexdigest()
        kept = tmp_path / ".slipway/build/shop" / f"{each}-{level}" / digest[:16]
        kept.mkdir(parents=True)
        (kept / "shop").write_text(each)
        (kept / "sbom.spdx.json").write_text('{"packages": [{"name": "stdlib", "versionInfo": "1.27.3"}]}')
    return tmp_path


def test_what_all_hosts_run_is_put_into_the_store_and_signed(project: Path, tmp_path: Path) -> None:
    key, public = keys.new(tmp_path / "key")
    live = promotion.verified([host("web1", "arm64", ARM), host("web2", "amd64", AMD)], "dev")
    made = promotion.promote(SERVICE, live, project, tmp_path / "store", key)
    told = made.statement
    assert (told.version, told.go_version) == ("v1", "go1.27.3")
    assert told.commit == git(project, "rev-parse", "HEAD")
    assert {name: each.level for name, each in told.binaries.items()} == {"amd64": "v2", "arm64": "v8.0,lse"}
    assert made.binary("arm64").read_text() == "arm64"
    assert signature.fault(made.content, made.signature, public) == ""
    assert store.take(tmp_path / "store", "shop", made.digest, ["amd64"]).digest == made.digest


def test_a_key_that_comes_later_signs_the_same_artifact(project: Path, tmp_path: Path) -> None:
    live = promotion.verified([host("web1", "arm64", ARM)], "dev")
    first = promotion.promote(SERVICE, live, project, tmp_path / "store", None)
    assert first.signature is None
    again = promotion.promote(SERVICE, live, project, tmp_path / "store", keys.new(tmp_path / "key")[0])
    assert again.digest == first.digest and again.signature


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([host("web1", "arm64", ARM, error="no route")], "eu/web1 does not say what it runs .no route"),
        ([host("web1", "arm64")], "nothing is live"),
        ([host("web1", "arm64", ARM, unconfirmed=True)], "has not confirmed a{12} yet"),
        (
            [host("web1", "arm64", ARM), host("web2", "arm64", ARM | {"sha256": "0" * 64})],
            "eu/web2 runs another binary",
        ),
        (
            [host("web1", "arm64", ARM), host("web2", "amd64", AMD | {"version": "v2"})],
            "different versions: v1, v2",
        ),
        ([], "it has no hosts"),
    ],
)
def test_what_is_not_on_all_hosts_is_not_verified(answers: list[Answer], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        promotion.verified(answers, "dev")


def test_what_runs_from_a_store_goes_on_as_the_same_artifact_from_any_machine(
    project: Path, tmp_path: Path
) -> None:
    key, public = keys.new(tmp_path / "key")
    live = promotion.verified([host("web1", "arm64", ARM), host("web2", "amd64", AMD)], "dev")
    first = promotion.promote(SERVICE, live, project, tmp_path / "store", key)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    named = StoredArtifact(store="../store", digest=first.digest)
    service = SERVICE.model_copy(update={"artifact": named})
    tested = promotion.verified([host("test1", "amd64", AMD)], "test")
    for where in (tmp_path / "prods", tmp_path / "store"):
        again = promotion.promote(service, tested, elsewhere, where, None)
        assert again.digest == first.digest and again.binary("arm64").read_text() == "arm64"
        assert signature.fault(again.content, again.signature, public) == ""
    other = promotion.verified([host("test1", "amd64", AMD | {"sha256": "0" * 64})], "test")
    with pytest.raises(Refusal, match="not among those built on this machine"):
        promotion.promote(service, other, elsewhere, tmp_path / "prods", None)


@pytest.mark.parametrize("kind", ["group", "eks"])
def test_groups_of_the_source_are_asked_and_a_cluster_of_eks_is_refused(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    group = {"type": "m7g.large", "autoscaling": {"min": 1, "max": 2}}
    region: dict[str, Any] = {"instances": [group], "access": {"tunnel": {}}}
    region |= {"network": {"range": "10.40.0.0/16"}, "login": {"publicKey": PUBLIC}}
    plain = {"hosts": [{"name": "web1", "address": "192.0.2.1", "architecture": "arm64", "hostKey": PUBLIC}]}
    regions = {"here": plain, "eu-west-1": region if kind == "group" else eks_region()}
    service = {"name": "shop", "source": "shop", "arguments": ["{port}"]}
    for name, those in (("dev", regions), ("prod", {"here": plain})):
        config = {"slipway:service": service, "slipway:regions": those}
        (project / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump({"config": config}))
    monkeypatch.setattr("releases.__main__.PROJECT", project)
    monkeypatch.setattr("desk.cloud.outputs", lambda *_: {})
    monkeypatch.setattr(
        "releases.fleet.ask", lambda hosts: [host(each.host.name, "arm64", ARM) for each in hosts]
    )
    other = host("m7g-large", "arm64", ARM | {"sha256": "0" * 64})
    monkeypatch.setattr("releases.groups.ask", lambda *_: [other])
    assert main(["promote", "--stack", "prod", "--from", "dev", "--store", "store"]) == 1
    said = capsys.readouterr().err
    assert ("another binary" if kind == "group" else "eu-west-1 is a cluster") in said, said
    assert not (project / "store").exists()


def test_a_binary_that_was_built_elsewhere_is_refused_with_the_step(project: Path, tmp_path: Path) -> None:
    live = promotion.verified([host("web1", "arm64", ARM | {"sha256": "0" * 64})], "dev")
    with pytest.raises(Refusal, match="promote where it was built"):
        promotion.promote(SERVICE, live, project, tmp_path / "store", None)
    assert not (tmp_path / "store").exists()


def test_the_stack_file_names_it_and_keeps_all_else(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    text = "# mine\nconfig:\n  slipway:service:\n    name: shop\n    source: shop # here\n    arguments: ['{port}']\n"
    file.write_text(text)
    for digest in ("sha256:1", "sha256:2"):
        pin.write_artifact(file, "/srv/artifacts", digest)
    found = yaml.safe_load(file.read_text())["config"]["slipway:service"]
    assert found["artifact"] == {"store": "/srv/artifacts", "digest": "sha256:2"}
    assert found | {"artifact": None} == yaml.safe_load(text)["config"]["slipway:service"] | {
        "artifact": None
    }
    assert "# mine" in file.read_text() and "# here" in file.read_text()
    assert json.dumps(found)
