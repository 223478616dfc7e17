"""An image for several architectures by the OCI's image specification 1.1: manifests, configurations, and an index over them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.kubernetes.names import UID
from oci import layer

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
SPDX = "application/spdx+json"
"""https://www.iana.org/assignments/media-types/application/spdx+json"""
EPOCH = "1970-01-01T00:00:00Z"
"""In place of a time: the same binary is the same image, whenever it is made."""


@dataclass(frozen=True, kw_only=True)
class Blob:
    """Bytes of a kind, named by their digest."""

    kind: str
    content: bytes

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"

    @property
    def descriptor(self) -> dict[str, Any]:
        """How others refer to it."""
        return {"mediaType": self.kind, "digest": self.digest, "size": len(self.content)}


@dataclass(frozen=True, kw_only=True)
class Image:
    """`top` is what a reference names; `blobs` are all that it needs, itself included."""

    top: Blob
    blobs: tuple[Blob, ...]


def platform(
    architecture: str, name: str, version: str, binary: bytes, stop_signal: str = "SIGTERM"
) -> Image:
    """The image of one architecture. Whoever runs it is no root, whatever they are told."""
    archive = layer.tar(name, binary)
    packed = Blob(kind=LAYER, content=layer.gzipped(archive))
    about = annotations(name, version)
    configuration = _json(
        CONFIG,
        {
            "architecture": architecture,
            "os": "linux",
            "created": EPOCH,
            "config": {
                "User": f"{UID}:{UID}",
                "Entrypoint": [layer.program(name)],
                "WorkingDir": f"/opt/{name}/data",
                "StopSignal": stop_signal,
                "Labels": about,
            },
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(archive).hexdigest()}"]},
            "history": [{"created": EPOCH, "created_by": "slipway"}],
        },
    )
    manifest = _json(
        MANIFEST,
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": configuration.descriptor,
            "layers": [packed.descriptor],
            "annotations": about,
        },
    )
    return Image(top=manifest, blobs=(packed, configuration, manifest))


def index(images: Mapping[str, Image], name: str, version: str) -> Image:
    """One name for the images of all architectures, of which each node takes its own."""
    listed = [
        {**image.top.descriptor, "platform": {"architecture": architecture, "os": "linux"}}
        for architecture, image in sorted(images.items())
    ]
    top = _json(
        INDEX,
        {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": listed,
            "annotations": annotations(name, version),
        },
    )
    held = {blob.digest: blob for _, image in sorted(images.items()) for blob in image.blobs}
    return Image(top=top, blobs=(*held.values(), top))


def referrer(subject: Blob, document: bytes) -> Image:
    """An SBOM that says of which image it is: registries list it among what refers to that image."""
    empty = Blob(kind=EMPTY, content=b"{}")
    content = Blob(kind=SPDX, content=document)
    manifest = _json(
        MANIFEST,
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": SPDX,
            "config": empty.descriptor,
            "layers": [content.descriptor],
            "subject": subject.descriptor,
        },
    )
    return Image(top=manifest, blobs=(empty, content, manifest))


def annotations(name: str, version: str) -> dict[str, str]:
    """By the OCI's names (image specification, annotations.md)."""
    return {"org.opencontainers.image.title": name, "org.opencontainers.image.version": version}


def _json(kind: str, value: Mapping[str, Any]) -> Blob:
    return Blob(kind=kind, content=json.dumps(value, sort_keys=True, separators=(",", ":")).encode())
