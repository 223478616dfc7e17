"""What a stack's state keeps of the files that its hosts hold, so that a preview can show what becomes of each line."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from model.release import Release

LONGEST = 16_384
"""Bytes of one of the user's own files. A longer one, or one that is no text, is known by size and digest alone."""
MOST = 262_144
"""Bytes of all of them in a release: the engine writes the whole state at each step."""
MODULES = "Go and its modules"
"""Stands among the files: what the binary was built from."""


def texts(release: Release, sbom: str | None) -> dict[str, str]:
    """The files of a release by their place on the host, and what the binary was made from."""
    return read_as_text([(file.target, file.content, bool(file.own)) for file in release.files], sbom)


def read_as_text(files: Iterable[tuple[str, bytes, bool]], sbom: str | None) -> dict[str, str]:
    """The same of files with their place, their content, and whether they are the user's own, in the manifest's order."""
    found, left = dict[str, str](), MOST
    for target, content, own in files:
        text = _text(content) if not own or len(content) <= min(LONGEST, left) else None
        left -= len(content) if own and text is not None else 0
        digest = f"({len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()})\n"
        found[target] = digest if text is None else text
    return {**found, **({MODULES: modules(json.loads(sbom))} if sbom else {})}


def modules(sbom: Mapping[str, Any]) -> str:
    """One line for each module, as `golang.org/x/net v0.40.0`; of Go's own library `stdlib 1.27.3`."""
    parts = [each for each in sbom["packages"] if each["SPDXID"] != "SPDXRef-binary"]
    return "".join(sorted(f"{each['name']} {each.get('versionInfo', '')}".rstrip() + "\n" for each in parts))


def kept(releases: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, Any]:
    """Releases by their id with the digest of each file, and each text once: most hosts hold the same."""
    found: dict[str, dict[str, str]] = {}
    once: dict[str, str] = {}
    for id, files in releases:
        found[id] = {target: hashlib.sha256(text.encode()).hexdigest()[:12] for target, text in files.items()}
        once |= {found[id][target]: text for target, text in files.items()}
    return {"releases": found, "texts": once}


def read(kept: Mapping[str, Any], release: str) -> dict[str, str] | None:
    """A release's files again; None where they are not known."""
    files = (kept.get("releases") or {}).get(release)
    if files is None:
        return None
    return {target: kept["texts"][digest] for target, digest in files.items()}


def _text(data: bytes) -> str | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
