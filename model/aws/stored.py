"""A release in a bucket: what stands beside it as the object's metadata, so that it can be installed without its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from model.release import Release
from model.remote_script import Known, own_waits


@dataclass(frozen=True, kw_only=True)
class StoredRelease:
    """`bundle` and `binary` are SHA-256, `size` is the binary's in bytes, `waits` the seconds that it may take to be well."""

    service: str
    release: str
    version: str
    architecture: str
    bundle: str
    binary: str
    size: str
    go: str
    waits: str
    signer: str = ""

    @classmethod
    def of(cls, release: Release, bundle: str) -> Self:
        """Of one that was made here; `bundle` is its bundle's digest."""
        binary, manifest = release.binary, release.manifest
        return cls(
            service=release.name,
            release=release.id,
            version=str(manifest.get("version") or ""),
            architecture=str(manifest.get("architecture") or ""),
            bundle=bundle,
            binary=binary.sha256 if binary else "",
            size=str(binary.size if binary else 0),
            go=(binary.go_version or "") if binary else "",
            waits=str(own_waits(release)),
            signer=release.signer or "",
        )

    @classmethod
    def read(cls, metadata: Mapping[str, str]) -> Self | None:
        """From an object; None where it says too little, as those did that are older than this."""
        known = {name: metadata.get(name, "") for name in cls.__dataclass_fields__}
        return cls(**known) if known["bundle"] and known["waits"] else None

    @property
    def metadata(self) -> dict[str, str]:
        """As S3 keeps it, which keeps nothing that is empty."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def known(self) -> Known:
        """What commands on an instance say of it."""
        return Known(
            service=self.service, release=self.release, waits=int(self.waits), signer=self.signer or None
        )

    def told(self, group: str) -> dict[str, Any]:
        """What a group says that it runs, as a host's activator says it."""
        return {
            "service": self.service,
            "release": self.release,
            "version": self.version,
            "architecture": self.architecture,
            "sha256": self.binary,
            "size": int(self.size),
            "goVersion": self.go,
            "host": group,
        }
