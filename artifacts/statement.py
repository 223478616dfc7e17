"""What an artifact is, as an in-toto statement with SLSA provenance: its binaries by digest, and what they were built from.

The digest of an artifact is that of its statement, so it stands for every byte that the statement names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD = "urn:slipway:gobuild:1"
BUILDER = "urn:slipway:promote:1"


@dataclass(frozen=True, kw_only=True)
class Binary:
    """Of one architecture: digests (hex) of the program and its SBOM, and the oldest processor that it runs on."""

    sha256: str
    sbom: str
    level: str


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Equal ones have equal bytes: no time and no machine is in them. `commit` is empty where no commit holds the source."""

    service: str
    version: str
    go_version: str
    binaries: Mapping[str, Binary]
    commit: str = ""

    def content(self) -> bytes:
        """As it is stored and signed."""
        source = [{"name": "source", "digest": {"gitCommit": self.commit}}] if self.commit else []
        return json.dumps(
            {
                "_type": TYPE,
                "subject": [
                    {"name": f"{name}/{self.service}", "digest": {"sha256": each.sha256}}
                    for name, each in sorted(self.binaries.items())
                ],
                "predicateType": PREDICATE,
                "predicate": {
                    "buildDefinition": {
                        "buildType": BUILD,
                        "externalParameters": {"service": self.service, "version": self.version},
                        "internalParameters": {
                            "goVersion": self.go_version,
                            "levels": {name: each.level for name, each in sorted(self.binaries.items())},
                        },
                        "resolvedDependencies": source,
                    },
                    "runDetails": {
                        "builder": {"id": BUILDER},
                        "byproducts": [
                            {"name": f"{name}/sbom.spdx.json", "digest": {"sha256": each.sbom}}
                            for name, each in sorted(self.binaries.items())
                        ],
                    },
                },
            },
            indent=1,
            sort_keys=True,
        ).encode()


def digest(content: bytes) -> str:
    """As stack files have it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def parse(content: bytes) -> Statement:
    """The statement in `content`. Raises ValueError for what is none of ours."""
    try:
        told: dict[str, Any] = json.loads(content)
        build = told["predicate"]["buildDefinition"]
        boms = {
            each["name"]: each["digest"]["sha256"] for each in told["predicate"]["runDetails"]["byproducts"]
        }
        service, levels = build["externalParameters"]["service"], build["internalParameters"]["levels"]
        digests = {each["name"]: each["digest"]["sha256"] for each in told["subject"]}
        found = Statement(
            service=service,
            version=build["externalParameters"]["version"],
            go_version=build["internalParameters"]["goVersion"],
            binaries={
                name: Binary(
                    sha256=digests[f"{name}/{service}"], sbom=boms[f"{name}/sbom.spdx.json"], level=level
                )
                for name, level in levels.items()
            },
            commit="".join(each["digest"]["gitCommit"] for each in build["resolvedDependencies"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it lacks {error}") from None
    if found.content() != content:
        raise ValueError("it says more or something else than Slipway writes")
    return found
