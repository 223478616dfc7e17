"""The image as the engine is told it. That nodes run it is shown in tests/lab and tests/kube."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pulumi
import pytest

from components.artifact import Artifact
from components.kubernetes.image import Image, ImageArgs
from model.architecture import Architecture
from model.release import Binary
from tests.components.recording import Recording, record
from tests.model.kubernetes.placements import service

AMD64, ARM64 = Architecture.AMD64, Architecture.ARM64


def made(folder: Path, nodes: tuple[Architecture, ...], built: tuple[Architecture, ...]) -> Recording:
    """An image for `nodes` of what was `built`."""
    binaries = dict[Architecture, Binary]()
    for each in built:
        binary, sbom = folder / each.value, folder / f"{each.value}.json"
        binary.write_text(each.value)
        sbom.write_text("{}")
        sha256 = hashlib.sha256(each.value.encode()).hexdigest()
        binaries[each] = Binary(path=str(binary), sha256=sha256, size=5, sbom=str(sbom))

    def program() -> None:
        Image(
            "edge",
            ImageArgs(
                service=service(),
                artifact=Artifact(version="v1", binaries=binaries),
                architectures=nodes,
                repository="registry.example.com/shop",
                project=folder,
            ),
        )

    return record(program)


def test_nodes_for_which_nothing_was_built_are_refused_before_anything_is_pushed(tmp_path: Path) -> None:
    with pytest.raises(pulumi.RunError, match="nodes of region edge are arm64, for which nothing was built"):
        made(tmp_path, nodes=(AMD64, ARM64), built=(AMD64,))


def test_the_image_holds_what_its_nodes_need_and_no_more(tmp_path: Path) -> None:
    made(tmp_path, nodes=(ARM64,), built=(AMD64, ARM64))
    (folder,) = (tmp_path / ".slipway/images").iterdir()
    (top,) = json.loads((folder / "image/index.json").read_text())["manifests"]
    index = json.loads((folder / "image/blobs/sha256" / top["digest"].removeprefix("sha256:")).read_text())
    assert [each["platform"]["architecture"] for each in index["manifests"]] == ["arm64"]
