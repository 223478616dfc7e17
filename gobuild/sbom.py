"""The software bill of materials of one binary, as SPDX 2.3 in JSON, from Go's build information."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

_LOCAL = "(devel)"  # of a directory on the machine that built
_NAMESPACE = "https://spdx.org/spdxdocs"


def document(name: str, version: str, sha256: str, info: dict[str, Any], created: datetime) -> dict[str, Any]:
    """The SPDX document of the binary `name` with that digest; same input, same document.

    `info` is what `go version -m -json` prints. A module's `h1:` sum is a digest of its tree, not of a
    file, so it stands in `sourceInfo` and not among the checksums.
    """
    main = info.get("Main", {})
    binary = {
        **_package("SPDXRef-binary", name, version),
        "primaryPackagePurpose": "APPLICATION",
        "checksums": [{"algorithm": "SHA256", "checksumValue": sha256}],
        "sourceInfo": f"go package {info['Path']}" + (f", {main['Sum']}" if main.get("Sum") else ""),
    }
    go_version = info["GoVersion"].removeprefix("go")
    parts = [_module("stdlib", go_version, None)]
    for dependency in info.get("Deps") or ():
        actual = dependency.get("Replace") or dependency
        if actual["Path"].startswith((".", "/")) or actual.get("Version") == _LOCAL:
            parts.append(_module(dependency["Path"], "", None))
        else:
            parts.append(_module(actual["Path"], actual.get("Version") or "", actual.get("Sum")))
    relationships = [_relationship("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-binary")]
    relationships += [_relationship("SPDXRef-binary", "DEPENDS_ON", part["SPDXID"]) for part in parts]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{name}-{version}",
        "documentNamespace": f"{_NAMESPACE}/{name}-{sha256}",
        "creationInfo": {
            "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: slipway-gobuild", f"Tool: go-{go_version}"],
        },
        "packages": [binary, *parts],
        "relationships": relationships,
    }


def _module(path: str, version: str, checksum: str | None) -> dict[str, Any]:
    identity = "SPDXRef-module-" + re.sub(r"[^A-Za-z0-9.-]", "-", f"{path}-{version}" if version else path)
    package = _package(identity, path, version)
    if checksum:
        package["sourceInfo"] = checksum
    if version:
        package["externalRefs"] = [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": f"pkg:golang/{path}@{quote(version)}",
            }
        ]
    return package


def _package(identity: str, name: str, version: str) -> dict[str, Any]:
    package = {
        "SPDXID": identity,
        "name": name,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
    }
    return {**package, "versionInfo": version} if version else package


def _relationship(element: str, kind: str, related: str) -> dict[str, str]:
    return {"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": related}
