"""What becomes of each file on hosts, and of each object in a cluster, line by line. Old texts come from the state."""

from __future__ import annotations

import difflib
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from model import rendered
from summary.events import UNKNOWN, Step
from summary.felt import release_of, turns_on

OWN = "files/own/"


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What a host will be sent, as it lies on this machine."""

    path: Path
    sha256: str
    manifest: Mapping[str, Any]
    texts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One file and what changes in it, the same on each of `hosts`."""

    target: str
    lines: tuple[str, ...]
    hosts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A host that goes from one release to another. `before` is None where its files are not known."""

    name: str
    old: str | None
    new: str | None
    before: Mapping[str, str] | None
    after: Mapping[str, str] | None


def bundles(steps: Sequence[Step]) -> dict[str, Bundle]:
    """Every bundle that hosts would be sent, by release."""
    found: dict[str, Bundle] = {}
    for step in steps:
        source = step.new.get("source")
        if step.op != "same" and isinstance(source, dict) and str(source.get("path")).endswith(".tar.gz"):
            path = Path(source["path"])
            if path.is_file() and (made := _bundle(path, str(source.get("hash", "")))):
                found.setdefault(made.manifest["release"], made)
    return found


def moves(steps: Sequence[Step], sent: Mapping[str, Bundle]) -> list[Moved]:
    """Every host whose release is another one."""
    kept = [step.before["rendered"] for step in steps if "rendered" in step.before]
    found: list[Moved] = []
    for step in steps:
        if not turns_on(step):
            continue
        old, new = (release_of(str(inputs.get("create"))) for inputs in (step.old, step.new))
        if step.op in ("same", "delete") or old == new:
            continue
        before = next((texts for each in kept if old and (texts := rendered.read(each, old))), None)
        after = sent[new].texts if new and new in sent else None
        found.append(Moved(name=step.name, old=old, new=new, before=before, after=after))
    return found


def differences(moved: Sequence[Moved]) -> list[Difference]:
    """One for each file and change, however many hosts have it."""
    hosts: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    once: dict[tuple[str, str | None, str | None], tuple[str, ...]] = {}
    for each in moved:
        if each.before is None or each.after is None:
            continue
        for target in sorted({*each.before, *each.after}):
            pair = each.before.get(target), each.after.get(target)
            if pair[0] == pair[1]:
                continue
            if (target, *pair) not in once:
                once[target, *pair] = unified(pair[0] or "", pair[1] or "")
            hosts.setdefault((target, once[target, *pair]), []).append(each.name)
    return [
        Difference(target=target, lines=lines, hosts=tuple(names)) for (target, lines), names in hosts.items()
    ]


def objects(steps: Sequence[Step]) -> Iterator[Difference]:
    """Objects of a cluster, as YAML."""
    for step in steps:
        if step.type.startswith("kubernetes:") and step.op != "same":
            old, new = ("" if not each else _yaml(each) for each in (step.old, step.new))
            lines = unified(old, "" if step.op == "delete" else new)
            yield Difference(target=f"{step.type.rpartition(':')[2]} {step.name}", lines=lines, hosts=())


def unified(old: str, new: str) -> tuple[str, ...]:
    """Without the two lines that name files."""
    made = difflib.unified_diff(old.splitlines(), new.splitlines(), n=2, lineterm="")
    return tuple(line for line in made if line not in ("--- ", "+++ "))


def _yaml(inputs: Mapping[str, Any]) -> str:
    text = yaml.safe_dump(json.loads(json.dumps(inputs)), sort_keys=True, width=4096)
    return text.replace(UNKNOWN, "(known after up)")


def _bundle(path: Path, sha256: str) -> Bundle | None:
    members: dict[str, bytes] = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                data = None if member.name.startswith(("bin/", "activator")) else archive.extractfile(member)
                members |= {member.name: data.read()} if data else {}
    except (OSError, tarfile.TarError):
        return None
    manifest, sbom = json.loads(members["manifest.json"]), members.get("sbom.spdx.json")
    texts = rendered.read_as_text(
        [
            (file["target"], members[file["member"]], file["member"].startswith(OWN))
            for file in manifest["files"]
        ],
        sbom.decode() if sbom else None,
    )
    return Bundle(path=path, sha256=sha256, manifest=manifest, texts=texts)
