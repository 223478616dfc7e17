"""From one stack to another: what all hosts of the first run becomes an artifact, and the second installs it by digest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from artifacts import signature, statement, store
from artifacts.statement import Binary, Statement
from gobuild import commits
from gobuild.refusal import Refused
from model.refusal import Refusal
from model.service import Service
from releases.fleet import Answer

BUILDS = Path(".slipway/build")


def verified(answers: Sequence[Answer], stack: str) -> dict[str, dict[str, Any]]:
    """What hosts run, by architecture, where all run one version and have confirmed it. Raises Refusal."""
    wrong, live = list[str](), dict[str, dict[str, Any]]()
    for answer in answers:
        name = f"{answer.region}/{answer.host}"
        current = answer.releases.get("current")
        kept = {each["release"]: each for each in answer.releases.get("kept", [])}
        if answer.error or current not in kept:
            wrong.append(f"{name} does not say what it runs ({answer.error or 'nothing is live'})")
        elif answer.releases.get("unconfirmed"):
            wrong.append(f"{name} has not confirmed {current} yet: it may go back")
        else:
            found = live.setdefault(answer.architecture, kept[current])
            if found["sha256"] != kept[current]["sha256"]:
                wrong.append(f"{name} runs another binary than others for {answer.architecture}")
    if len(versions := {each["version"] for each in live.values()}) > 1:
        wrong.append(f"hosts run different versions: {', '.join(sorted(versions))}")
    if wrong or not live:
        raise Refusal([f"{stack} has not verified one release: {'; '.join(wrong) or 'it has no hosts'}"])
    return live


def promote(
    service: Service, live: dict[str, dict[str, Any]], project: Path, where: Path, key: Path | None
) -> store.Stored:
    """Puts into the store `where` what is `live`, signed with `key`: the artifact that the service names, if it is what runs, or
    the binaries that were built here. Raises Refusal."""
    if found := _named(service, live, project):
        kept = {name: (found.binary(name), found.sbom(name)) for name in found.statement.binaries}
        signed = signature.sign(found.content, key) if key else found.signature
        return store.put(where, found.statement, kept, signed)
    files = {name: _built(service.name, name, each["sha256"], project) for name, each in live.items()}
    version = next(iter(live.values()))["version"]
    made = Statement(
        service=service.name,
        version=version,
        go_version=_go_version(next(iter(files.values()))[1]),
        binaries={
            name: Binary(sha256=live[name]["sha256"], sbom=_digest(sbom), level=_level(name, path))
            for name, (path, sbom) in files.items()
        },
        commit=_commit(service, project, version),
    )
    signed = signature.sign(made.content(), key) if key else None
    return store.put(where, made, files, signed)


def _named(service: Service, live: dict[str, dict[str, Any]], project: Path) -> store.Stored | None:
    """The artifact of another stack that runs here; None where what runs is of another one, or was built. Raises Refusal.

    All its architectures stay in it, so it goes on as the same digest, which one signature is for.
    """
    if service.artifact is None:
        return None
    place = (project / Path(service.artifact.store).expanduser()).resolve()
    found = store.take(place, service.name, service.artifact.digest, live)
    every = found.statement.binaries
    if any(every[name].sha256 != each["sha256"] for name, each in live.items()):
        return None
    return store.take(place, service.name, service.artifact.digest, every)


def _built(service: str, architecture: str, sha256: str, project: Path) -> tuple[Path, Path]:
    for kept in (project / BUILDS / service).glob(f"{architecture}-*/{sha256[:16]}"):
        if _digest(kept / service) == sha256:
            return kept / service, kept / store.SBOM
    raise Refusal(
        [
            f"the binary {sha256[:12]}… for {architecture} is not among those built on this machine ({BUILDS}/{service}): "
            "promote where it was built, or check out its version and `make preview` there, which builds the same bytes"
        ]
    )


def _digest(path: Path) -> str:
    try:
        return statement.digest(path.read_bytes()).removeprefix("sha256:")
    except OSError:
        return ""


def _go_version(sbom: Path) -> str:
    packages = json.loads(sbom.read_text())["packages"]
    return next(f"go{each['versionInfo']}" for each in packages if each["name"] == "stdlib")


def _level(architecture: str, binary: Path) -> str:
    return binary.parents[1].name.removeprefix(f"{architecture}-").replace("-", ",")


def _commit(service: Service, project: Path, version: str) -> str:
    try:
        return commits.of(project / service.source, version) if service.source else ""
    except Refused:
        return ""  # built from what no commit holds: then none is named
