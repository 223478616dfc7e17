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
from releases import pin, promotion
from releases.fleet import Answer
from tests.artifacts import keys
from tests.gobuild.go_services import commit, git

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
