"""`python -m artifacts`: which artifact on standard input, a report on standard output, as of `python -m gobuild --report`.

Standard input: {"store": DIR, "digest": "sha256:…", "name": SERVICE, "architectures": […], "signedBy": KEY or null,
  "uncommitted": "refuse" or "allow"}
"""

import json
import sys
from pathlib import Path
from typing import Any

from artifacts import signature, store
from model.refusal import Refusal


def report(asked: dict[str, Any]) -> dict[str, Any]:
    """Like one of a build. Raises Refusal."""
    found = store.take(
        Path(asked["store"]).expanduser(), asked["name"], asked["digest"], asked["architectures"]
    )
    key = asked.get("signedBy")
    if key and (wrong := signature.fault(found.content, found.signature, key)):
        raise Refusal(
            [f"the artifact {found.digest} may not be installed: {wrong} (slipway:release.signedBy)"]
        )
    if asked.get("uncommitted") == "refuse" and found.statement.version.endswith("-dirty"):
        raise Refusal(
            [
                f"the artifact {found.digest} is version {found.statement.version}, built from what no commit holds: promote one "
                "that was built from a commit, or set slipway:release: {uncommitted: allow}"
            ]
        )
    signed = {"signature": str(found.folder / store.SIGNATURE)} if found.signature else {}
    told = found.statement
    return {
        "version": told.version,
        "goVersion": told.go_version,
        "artifacts": {
            name: {
                "path": str(found.binary(name)),
                "sha256": told.binaries[name].sha256,
                "size": found.binary(name).stat().st_size,
                "level": told.binaries[name].level,
                "sbom": str(found.sbom(name)),
                "provenance": str(found.folder / store.STATEMENT),
                **signed,
            }
            for name in asked["architectures"]
        },
        "warnings": [],
        "tested": None,
    }


def main() -> None:
    try:
        line = report(json.load(sys.stdin))
    except Refusal as refusal:
        line = {"refusal": "\n".join(refusal.lines)}
    print(json.dumps(line))


if __name__ == "__main__":
    main()
