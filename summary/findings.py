"""What the rules of this project, the engine and the vulnerability database have against a change."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from policy import rules
from summary.events import UNKNOWN, Preview
from summary.files import Bundle
from vulnerabilities import check


def policies(preview: Preview) -> list[str]:
    """Rules that a resource breaks, as its inputs are known now; and what policy packs say."""
    protected = preview.config.get("slipway:protected") == "true"
    found = [*preview.policies]
    for step in preview.steps:
        if step.op == "delete" or not step.new:
            continue
        try:
            broken = rules.violations(step.type, step.new, protected=protected)
        except (AttributeError, KeyError, TypeError, ValueError):
            if UNKNOWN not in str(step.new):
                raise
            continue  # it depends on what only `up` will know
        found += [f"{each.rule}: {step.name}: {each.reason}" for each in broken]
    return found


def vulnerabilities(sent: Sequence[Bundle]) -> tuple[list[str], str | None]:
    """What is known of the new binaries; or why nothing is."""
    found: dict[str, None] = {}
    for bundle in sent:
        if not bundle.manifest.get("binary"):
            continue
        with tempfile.TemporaryDirectory(prefix="slipway-") as directory:
            try:
                binary = _unpacked(bundle, Path(directory))
                found |= {str(each): None for each in check.known(binary)}
            except check.Unknown as why:
                return [*found], str(why)
    return [*found], None


def _unpacked(bundle: Bundle, directory: Path) -> Path:
    name = bundle.manifest["service"]
    with tarfile.open(bundle.path) as archive:
        archive.extract(f"bin/{name}", directory, filter="data")
    return directory / "bin" / name
