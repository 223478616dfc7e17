"""Releases are identified by what they hold, and by nothing else."""

import json

from model.architecture import Architecture
from model.release import Binary, canonical, edge_release, service_release
from model.release_policy import ReleasePolicy
from model.service import Service

SERVICE = Service.model_validate({"name": "shop", "source": "shop", "arguments": ("{port}",)})
BINARY = Binary(path="/nowhere/shop", sha256="a" * 64, size=3, sbom="/nowhere/sbom")


def release(binary: Binary = BINARY, version: str = "v1", **policy: object):
    return service_release(SERVICE, ReleasePolicy.model_validate(policy), Architecture.ARM64, version, binary)


def test_the_same_release_has_the_same_id_wherever_its_binary_lies() -> None:
    elsewhere = Binary(path="/elsewhere/shop", sha256=BINARY.sha256, size=3, sbom="/elsewhere/sbom")
    assert release().id == release(elsewhere).id


def test_another_binary_version_or_file_is_another_release() -> None:
    other_binary = Binary(path=BINARY.path, sha256="b" * 64, size=3, sbom=BINARY.sbom)
    ids = {release().id, release(other_binary).id, release(version="v2").id, release(drain=7).id}
    assert len(ids) == 4


def test_the_manifest_lists_each_file_with_its_digest_and_is_plain_json() -> None:
    made = release()
    manifest = json.loads(canonical(made.manifest))
    assert [entry["sha256"] for entry in manifest["files"]] == [file.sha256 for file in made.files]
    assert manifest["binary"] == {"sha256": "a" * 64, "size": 3, "goVersion": BINARY.go_version}
    assert manifest["architecture"] == "arm64"


def test_an_edge_has_no_binary_and_reloads_nginx() -> None:
    edge = edge_release(SERVICE, ReleasePolicy(), 80, ("10.0.0.1:8080",))
    assert edge.name == "shop-edge" and edge.binary is None
    assert edge.manifest["binary"] is None and edge.manifest["slots"] is None
    assert edge.manifest["units"] == [{"unit": "nginx.service", "action": "reload"}]


def test_a_new_version_of_the_service_leaves_the_edge_as_it_is() -> None:
    one, other = (edge_release(SERVICE, ReleasePolicy(), 80, ("10.0.0.1:8080",)) for _ in range(2))
    assert one.id == other.id
    assert one.id != edge_release(SERVICE, ReleasePolicy(), 80, ("10.0.0.2:8080",)).id


def test_the_level_that_was_built_for_is_in_the_manifest_for_hosts_to_check() -> None:
    binary = Binary(path="p", sha256="ab", size=1, sbom="s", level="v3")
    assert release(binary).manifest["level"] == "v3"
