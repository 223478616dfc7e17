"""The image as bytes: what is in it, that the same binary is the same digest, and that others can read it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from oci import image, layer, layout
from oci.layout import Layout, Program

SBOM = b'{"spdxVersion": "SPDX-2.3"}'


def program(folder: Path, content: bytes = b"\x7fELF binary") -> Program:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "binary").write_bytes(content)
    (folder / "sbom").write_bytes(SBOM)
    return Program(path=folder / "binary", sha256=hashlib.sha256(content).hexdigest(), sbom=folder / "sbom")


def written(folder: Path, version: str = "v1.2.3", stop_signal: str = "SIGTERM") -> Layout:
    programs = {each: program(folder / each, each.encode()) for each in ("amd64", "arm64")}
    return layout.write(programs, "shop", version, folder / "images", stop_signal)


def read(folder: Path, descriptor: dict[str, Any]) -> Any:
    algorithm, _, digest = descriptor["digest"].partition(":")
    content = (folder / "blobs" / algorithm / digest).read_bytes()
    assert hashlib.new(algorithm, content).hexdigest() == digest
    assert len(content) == descriptor["size"]
    return json.loads(content) if descriptor["mediaType"].endswith("json") else content


def top(folder: Path) -> dict[str, Any]:
    (descriptor,) = json.loads((folder / "index.json").read_text())["manifests"]
    return descriptor


def test_the_same_binaries_are_the_same_digest_at_any_time_and_place(tmp_path: Path) -> None:
    one, two = written(tmp_path / "one"), written(tmp_path / "two")
    assert one.digest == two.digest
    assert top(one.folder / "image")["digest"] == one.digest
    assert written(tmp_path / "three", version="v1.2.4").digest != one.digest
    assert written(tmp_path / "four", stop_signal="SIGINT").digest != one.digest


def test_what_is_there_is_not_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = written(tmp_path)
    monkeypatch.setattr(layer, "tar", lambda name, binary: pytest.fail("the layer was made again"))
    assert written(tmp_path) == first


def test_a_layer_holds_the_binary_and_what_a_program_expects_around_it_and_nothing_else(
    tmp_path: Path,
) -> None:
    with tarfile.open(fileobj=io.BytesIO(layer.tar("shop", b"program"))) as archive:
        members = {entry.name: entry for entry in archive.getmembers()}
        files = {name: file.read() for name in members if (file := archive.extractfile(name))}
    others = {name for name in members if not name.startswith("usr/share/zoneinfo/")}
    assert others == {"etc/passwd", "etc/ssl/certs/ca-certificates.crt", "opt/shop/app/shop"}
    assert {"usr/share/zoneinfo/Europe/Berlin", "usr/share/zoneinfo/UTC"} <= set(members)
    assert all((entry.uid, entry.gid, entry.mtime) == (0, 0, 0) for entry in members.values())
    modes = {oct(entry.mode) for name, entry in members.items() if name != "opt/shop/app/shop"}
    assert (modes, oct(members["opt/shop/app/shop"].mode)) == ({"0o644"}, "0o755")
    assert files["opt/shop/app/shop"] == b"program"
    assert b"shop:x:65532:65532::/opt/shop/data:" in files["etc/passwd"]
    assert files["etc/ssl/certs/ca-certificates.crt"].count(b"BEGIN CERTIFICATE") > 100


@pytest.mark.parametrize("size", [0, 1, 0xFFFE, 0xFFFF, 0x10000, 200_000])
def test_a_layer_is_gzip_that_any_program_reads(size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    assert gzip.decompress(layer.gzipped(content)) == content


def test_each_architecture_has_its_own_image_under_one_name(tmp_path: Path) -> None:
    folder = written(tmp_path).folder / "image"
    index = read(folder, top(folder))
    assert index["annotations"] == {
        "org.opencontainers.image.title": "shop",
        "org.opencontainers.image.version": "v1.2.3",
    }
    platforms = [each["platform"] for each in index["manifests"]]
    assert platforms == [{"architecture": each, "os": "linux"} for each in ("amd64", "arm64")]
    for each in index["manifests"]:
        manifest = read(folder, each)
        config = read(folder, manifest["config"])
        (packed,) = manifest["layers"]
        unpacked = gzip.decompress(read(folder, packed))
        assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(unpacked).hexdigest()}"]
        assert config["architecture"] == each["platform"]["architecture"]
        assert each["platform"]["architecture"].encode() in unpacked
        assert config["config"] == {
            "User": "65532:65532",
            "Entrypoint": ["/opt/shop/app/shop"],
            "WorkingDir": "/opt/shop/data",
            "StopSignal": "SIGTERM",
            "Labels": index["annotations"],
        }


def test_an_sbom_says_of_which_image_it_is(tmp_path: Path) -> None:
    folder = written(tmp_path).folder
    index = read(folder / "image", top(folder / "image"))
    for each in index["manifests"]:
        about = folder / f"sbom-{each['platform']['architecture']}"
        manifest = read(about, top(about))
        assert manifest["artifactType"] == "application/spdx+json"
        assert manifest["subject"] == {key: each[key] for key in ("mediaType", "digest", "size")}
        assert (about / "blobs" / "sha256" / manifest["layers"][0]["digest"][7:]).read_bytes() == SBOM
        assert manifest["config"]["mediaType"] == image.EMPTY


def test_only_the_images_used_last_are_kept(tmp_path: Path) -> None:
    made = [written(tmp_path, version=f"v{number}").folder for number in range(layout.KEPT + 2)]
    assert [each.exists() for each in made] == [False, False, *[True] * layout.KEPT]
