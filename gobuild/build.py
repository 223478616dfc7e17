"""Building one service for all its architectures side by side, and proving what came out."""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from gobuild import elf, module, sbom, source, store
from gobuild.refusal import CompileFailed, Refused
from gobuild.spec import Module, Source, Spec
from gobuild.toolchain import Toolchain
from model.architecture import Architecture

# No -buildid=: with -trimpath Go's own build id depends on content alone, and it is what lets an unchanged
# build skip linking (docs/decisions/0005-build.md).
_FLAGS = ["-trimpath", "-buildvcs=false"]


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """One verified binary: its path, sha256 (hex), size in bytes, and the path of its SBOM."""

    path: Path
    sha256: str
    size: int
    sbom: Path


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a build gave."""

    version: str
    go_version: str
    artifacts: Mapping[Architecture, Artifact]


def build(spec: Spec, toolchain: Toolchain) -> Result:
    """Build, verify and keep the binaries of `spec`; raise Refused or CompileFailed if any cannot be had."""
    if isinstance(spec.origin, Source):
        source.check(spec.origin)
        revision = source.revision(spec.origin, toolchain)
        version, one = revision.version, partial(_from_source, spec.origin, revision.time)
    else:
        version, one = spec.origin.version, partial(_from_module, spec.origin)
    with ThreadPoolExecutor(len(spec.levels)) as pool:
        running = {
            architecture: pool.submit(one, _Target.of(spec, architecture, version), toolchain)
            for architecture in spec.levels
        }
    failures = [
        str(error) for each in running.values() if isinstance(error := each.exception(), CompileFailed)
    ]
    if failures:
        raise CompileFailed("".join(dict.fromkeys(failures)))
    artifacts = {architecture: each.result() for architecture, each in running.items()}
    store.prune(spec.out / spec.name)
    return Result(version=version, go_version=toolchain.version, artifacts=artifacts)


@dataclass(frozen=True, kw_only=True)
class _Target:
    """One of the binaries to be built; `shelf` is where those for the same processors are kept."""

    name: str
    version: str
    architecture: Architecture
    level: str
    shelf: Path

    @classmethod
    def of(cls, spec: Spec, architecture: Architecture, version: str) -> "_Target":
        level = spec.levels[architecture]
        shelf = spec.out / spec.name / f"{architecture.value}-{level.replace(',', '-')}"
        shelf.mkdir(parents=True, exist_ok=True)
        return cls(name=spec.name, version=version, architecture=architecture, level=level, shelf=shelf)

    @property
    def flags(self) -> list[str]:
        return [*_FLAGS, "-ldflags", f"-s -w -X main.version={self.version}"]

    @property
    def variables(self) -> dict[str, str]:
        return {"GOARCH": self.architecture.goarch, self.architecture.level_variable: self.level}


def _from_source(origin: Source, time: datetime, target: _Target, toolchain: Toolchain) -> Artifact:
    with store.scratch(target.shelf) as scratch:
        binary = scratch / target.name
        store.lay_out_newest(target.shelf, binary)
        arguments = ["build", *target.flags, "-o", str(binary), origin.package]
        _check(toolchain.run(arguments, directory=origin.directory, **target.variables), binary, origin)
        return _keep(target, binary, time, scratch, None, toolchain)


def _from_module(origin: Module, target: _Target, toolchain: Toolchain) -> Artifact:
    # A version's content never changes, so these inputs decide the binary and nobody need be asked.
    inputs = {"package": origin.package, "flags": target.flags, "go": toolchain.version}
    if kept := store.find(target.shelf, target.name, inputs):
        return _artifact(kept, target)
    with store.scratch(target.shelf) as scratch:
        binary = module.install(origin, toolchain, scratch, target.flags, target.variables)
        time = module.check_sums(build_info(binary, toolchain), toolchain, scratch)
        return _keep(target, binary, time, scratch, inputs, toolchain)


def _keep(
    target: _Target,
    binary: Path,
    time: datetime,
    scratch: Path,
    inputs: dict[str, Any] | None,
    toolchain: Toolchain,
) -> Artifact:
    digest = verify(binary, target.architecture, target.level, toolchain)
    kept = target.shelf / digest[:16]
    moment = created(time)
    if not store.holds(kept, target.name, inputs):
        info = build_info(binary, toolchain)
        document = sbom.document(target.name, target.version, digest, info, moment)
        store.keep(kept, target.name, binary, document, inputs, scratch)
    store.touch(kept)
    return _artifact(kept, target)


def _artifact(kept: Path, target: _Target) -> Artifact:
    path = kept / target.name
    return Artifact(
        path=path, sha256=store.record(kept)["sha256"], size=path.stat().st_size, sbom=kept / store.SBOM
    )


def _check(done: CompletedProcess[str], binary: Path, origin: Source) -> None:
    lines = [
        line for line in done.stderr.splitlines(keepends=True) if not line.startswith("go: downloading ")
    ]
    if done.returncode != 0:
        raise CompileFailed("".join(lines) or f"go build ended with {done.returncode} and said nothing\n")
    with binary.open("rb") as file:
        if file.read(7) == b"!<arch>":  # `go build -o` of a library gives an archive
            raise Refused(
                f"the package in {str(origin.directory / origin.package)!r} is not 'package main', so it "
                "is no program: set 'package' to the directory of the one that is"
            )


def verify(binary: Path, architecture: Architecture, level: str, toolchain: Toolchain) -> str:
    """The sha256 of `binary`; Refused unless it is a static program for this architecture and level."""
    data = binary.read_bytes()
    try:
        header = elf.read(data)
    except elf.NotAnElf as error:
        raise Refused(f"what was built for {architecture.value} cannot run: {error}") from None
    problems = {
        f"its ELF machine is {header.machine}, not {architecture.elf_machine} ({architecture.elf_name})": (
            header.machine != architecture.elf_machine
        ),
        f"its ELF type is {header.type}, not one of {sorted(elf.EXECUTABLE_TYPES.values())}": (
            header.type not in elf.EXECUTABLE_TYPES
        ),
        "it asks for a program interpreter, so it is not static": header.interpreter,
        "it needs shared libraries, so it is not static": header.needs_libraries,
    }
    if found := next((problem for problem, present in problems.items() if present), None):
        raise Refused(f"what was built for {architecture.value} is not what its hosts can run: {found}")
    settings = {each["Key"]: each.get("Value") for each in build_info(binary, toolchain).get("Settings", ())}
    for key, wanted in {"GOARCH": architecture.goarch, architecture.level_variable: level}.items():
        if settings.get(key) != wanted:
            raise Refused(f"the binary says it was built with {key}={settings.get(key)}, not {wanted}")
    return hashlib.sha256(data).hexdigest()


def build_info(binary: Path, toolchain: Toolchain) -> dict:
    """Go's build information in `binary`, as `go version -m -json` gives it."""
    asked = toolchain.run(["version", "-m", "-json", str(binary.resolve())], directory=binary.parent)
    if asked.returncode != 0:
        raise Refused(f"{binary.name} carries no Go build information: {asked.stderr.strip()}")
    return json.loads(asked.stdout)


def created(time: datetime) -> datetime:
    """SOURCE_DATE_EPOCH (seconds since 1970) if it is set, else `time`."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return time
    if not re.fullmatch(r"\d{1,11}", epoch):
        raise Refused(f"SOURCE_DATE_EPOCH {epoch!r} must be a whole number of seconds since 1970")
    return datetime.fromtimestamp(int(epoch), UTC)
