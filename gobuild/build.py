"""Building one service for all its architectures side by side, and proving what came out."""

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from gobuild import local, module, proof, sbom, store, unused, variables
from gobuild.refusal import CompileFailed, Refused
from gobuild.spec import Module, Options, Source, Spec
from gobuild.toolchain import Toolchain
from model.architecture import Architecture

# No -buildid=: with -trimpath Go's own build id depends on content alone, and it is what lets an unchanged
# build skip linking (docs/decisions/0005-build.md).
_FLAGS = ["-trimpath", "-buildvcs=false"]


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """One verified binary: its path, sha256 (hex), size in bytes, level, and the path of its SBOM."""

    path: Path
    sha256: str
    size: int
    level: str
    sbom: Path
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a build gave, and what somebody should know about it although it is no reason to stop."""

    version: str
    go_version: str
    artifacts: Mapping[Architecture, Artifact]
    warnings: tuple[str, ...]
    tested: int | None
    """How many packages passed `go vet` and `go test`, where that was asked for."""


def build(spec: Spec, toolchain: Toolchain) -> Result:
    """Build, verify and keep the binaries of `spec`; raise Refused or CompileFailed if any cannot be had."""
    warnings, tested = unused.warnings(toolchain.go), None
    if isinstance(spec.origin, Source):
        code = local.find(spec.origin, spec.options, toolchain)
        revision = code.revision
        version = revision.version
        filled = variables.filled(
            spec.options.variables, version=version, commit=revision.commit, time=created(revision.time)
        )
        code.check(filled)
        warnings += code.warnings
        if spec.origin.test:
            tested = code.test()
        one = partial(_from_source, code)
    else:
        version = spec.origin.version
        filled = variables.of_a_module(spec.options.variables, version)
        one = partial(_from_module, spec.origin)
    targets = [_Target.of(spec, each, version, filled) for each in spec.levels]
    artifacts = _all(lambda target: one(target, toolchain), targets)
    store.prune(spec.out / spec.name)
    warnings += [each for artifact in artifacts.values() for each in artifact.warnings]
    return Result(
        version=version,
        go_version=toolchain.version,
        artifacts=artifacts,
        warnings=tuple(dict.fromkeys(warnings)),
        tested=tested,
    )


@dataclass(frozen=True, kw_only=True)
class _Target:
    """One of the binaries to be built; `shelf` is where those for the same processors are kept."""

    name: str
    version: str
    architecture: Architecture
    level: str
    options: Options
    variables: Mapping[str, str]
    shelf: Path

    @classmethod
    def of(cls, spec: Spec, architecture: Architecture, version: str, filled: Mapping[str, str]) -> "_Target":
        level = spec.levels[architecture]
        shelf = spec.out / spec.name / f"{architecture.value}-{level.replace(',', '-')}"
        shelf.mkdir(parents=True, exist_ok=True)
        return cls(
            name=spec.name,
            version=version,
            architecture=architecture,
            level=level,
            options=spec.options,
            variables=filled,
            shelf=shelf,
        )

    @property
    def flags(self) -> list[str]:
        options = self.options
        linker = ("-s -w " if options.strip else "") + f"-X main.version={self.version}"
        more = [f"-tags={','.join(options.tags)}"] if options.tags else []
        more += [f"-pgo={options.profile}"] if options.profile else []
        return [*_FLAGS, *more, "-ldflags", linker + variables.flags(self.variables)]

    @property
    def environment(self) -> dict[str, str]:
        return {"GOARCH": self.architecture.goarch, self.architecture.level_variable: self.level}


def _all(one: Callable[[_Target], Artifact], targets: list[_Target]) -> dict[Architecture, Artifact]:
    """`one` for each of `targets`, side by side; what several have to say is said once."""
    with ThreadPoolExecutor(len(targets)) as pool:
        running = {target.architecture: pool.submit(one, target) for target in targets}
    failures = [
        str(error) for each in running.values() if isinstance(error := each.exception(), CompileFailed)
    ]
    if failures:
        raise CompileFailed("".join(dict.fromkeys(failures)))
    return {architecture: each.result() for architecture, each in running.items()}


def _from_source(code: local.Code, target: _Target, toolchain: Toolchain) -> Artifact:
    with store.scratch(target.shelf) as scratch:
        binary = scratch / target.name
        store.lay_out_newest(target.shelf, binary)
        code.compile(binary, target.flags, target.environment)
        return _keep(target, binary, code.revision.time, scratch, None, toolchain)


def _from_module(origin: Module, target: _Target, toolchain: Toolchain) -> Artifact:
    # A version's content never changes, so these inputs decide the binary and nobody need be asked.
    profile = target.options.profile
    inputs = {
        "package": origin.package,
        "flags": target.flags,
        "profile": hashlib.sha256(profile.read_bytes()).hexdigest() if profile else None,
        "go": toolchain.version,
    }
    if kept := store.find(target.shelf, target.name, inputs):
        return _artifact(kept, target)
    with store.scratch(target.shelf) as scratch:
        binary = module.install(origin, target.options, toolchain, scratch, target.flags, target.environment)
        info = proof.build_info(binary, toolchain)
        published = module.check(origin, target.options, info, target.variables, toolchain, scratch)
        return _keep(target, binary, published.time, scratch, inputs, toolchain, published.warnings)


def _keep(
    target: _Target,
    binary: Path,
    time: datetime,
    scratch: Path,
    inputs: dict[str, Any] | None,
    toolchain: Toolchain,
    warnings: tuple[str, ...] = (),
) -> Artifact:
    digest = proof.verify(binary, target.architecture, target.level, toolchain)
    kept = target.shelf / digest[:16]
    if not store.holds(kept, target.name, inputs):
        info = proof.build_info(binary, toolchain)
        document = sbom.document(target.name, target.version, digest, info, created(time))
        store.keep(kept, target.name, binary, document, inputs, warnings, scratch)
    store.touch(kept)
    return _artifact(kept, target)


def _artifact(kept: Path, target: _Target) -> Artifact:
    path, record = kept / target.name, store.record(kept)
    return Artifact(
        path=path,
        sha256=record["sha256"],
        size=path.stat().st_size,
        level=target.level,
        sbom=kept / store.SBOM,
        warnings=tuple(record["warnings"]),
    )


def created(time: datetime) -> datetime:
    """SOURCE_DATE_EPOCH (seconds since 1970) if it is set, else `time`."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return time
    if not re.fullmatch(r"\d{1,11}", epoch):
        raise Refused(f"SOURCE_DATE_EPOCH {epoch!r} must be a whole number of seconds since 1970")
    return datetime.fromtimestamp(int(epoch), UTC)
