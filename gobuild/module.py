"""Building a main package of a published module at one version, as `go install package@version` does."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gobuild import left_out, listing, remedy, variables
from gobuild.listing import Package
from gobuild.refusal import CompileFailed, Refused
from gobuild.spec import Module, Options
from gobuild.toolchain import Toolchain
from model.architecture import Architecture


def install(
    origin: Module,
    options: Options,
    toolchain: Toolchain,
    scratch: Path,
    flags: Sequence[str],
    variables: Mapping[str, str],
) -> Path:
    """Install into `scratch` and return the binary; only the module itself plays a part.

    Refused if the package cannot be had (not found, wrong checksum, no main package); CompileFailed if it
    does not compile.
    """
    # `go install` refuses GOBIN for another architecture, and writes to GOPATH/bin instead.
    places = {"GOPATH": str(scratch), "GOMODCACHE": str(module_cache(toolchain))}
    wanted = f"{origin.package}@{origin.version}"
    done = toolchain.run(["install", *flags, wanted], directory=scratch, **variables, **places)
    if done.returncode == 0:
        (binary,) = (path for path in (scratch / "bin").rglob("*") if path.is_file())
        return binary
    lines = [line for line in done.stderr.splitlines() if not line.startswith("go: downloading ")]
    text = "\n".join(lines)
    if "checksum mismatch" in text or "SECURITY ERROR" in text:
        raise Refused(
            f"module {wanted} is not what its checksum promises, so nothing is built: {_flat(lines)}"
        )
    if "is not a main package" in text:
        raise Refused(
            f"module {wanted} is not a main package, so it is no program: name the package of its command"
        )
    if any(line.startswith("# ") for line in lines) or "build constraints exclude all Go files" in text:
        advice = _why_not(origin, options, toolchain, scratch)
        raise CompileFailed("".join(f"{line}\n" for line in [*lines, *advice]))
    advice = " ".join(remedy.advice(text, toolchain, [origin.package]))
    raise Refused(
        f"module {wanted} cannot be had; check path, version and GOPROXY: {_flat(lines)}"
        + (f". {advice}" if advice else "")
    )


def module_cache(toolchain: Toolchain) -> Path:
    """The user's own module cache."""
    return Path(toolchain.environment["GOMODCACHE"])


@dataclass(frozen=True, kw_only=True)
class Published:
    """When a module's version was made, and what its authors say against it since."""

    time: datetime
    warnings: tuple[str, ...]


def check(
    origin: Module,
    options: Options,
    info: dict[str, Any],
    filled: Mapping[str, str],
    toolchain: Toolchain,
    scratch: Path,
) -> Published:
    """Refused if a dependency is not what the module's own go.sum says, or a variable is not there to be set.

    `info` is the build information of a binary. The checksum database covers public modules only; a
    private one has nothing but its go.sum.
    """
    main = f"{info['Main']['Path']}@{info['Main']['Version']}"
    downloaded = _downloaded(main, toolchain, scratch)
    if downloaded is None:
        raise Refused(f"module {main} was there a moment ago, and cannot be had any more: try again")
    root = Path(downloaded["Dir"])
    _check_sums(main, root / "go.sum", info)
    _check_variables(origin, info["Main"]["Path"], root, filled)
    return Published(
        time=datetime.fromisoformat(json.loads(Path(downloaded["Info"]).read_text())["Time"]),
        warnings=(
            *_withdrawn(main, toolchain, scratch),
            *left_out.by_cgo(_listed(origin, options, root, toolchain), root, toolchain, options.tags),
        ),
    )


def _downloaded(module: str, toolchain: Toolchain, scratch: Path) -> dict[str, Any] | None:
    found = toolchain.run(["mod", "download", "-json", module], directory=scratch)
    return json.loads(found.stdout) if found.returncode == 0 else None


def _listed(
    origin: Module, options: Options, root: Path, toolchain: Toolchain
) -> dict[Architecture, list[Package]]:
    """What Go lists when the module itself is asked; nothing when its own go.sum does not hold all that takes."""
    try:
        return listing.packages([origin.package], root, toolchain, tags=options.tags)
    except CompileFailed:
        return {}


def _why_not(origin: Module, options: Options, toolchain: Toolchain, scratch: Path) -> list[str]:
    """What is left out of packages of a module that does not compile; Go does not say which part of the path is the module."""
    parts = origin.package.split("/")
    for end in range(len(parts), 0, -1):
        if downloaded := _downloaded(f"{'/'.join(parts[:end])}@{origin.version}", toolchain, scratch):
            root = Path(downloaded["Dir"])
            listed = _listed(origin, options, root, toolchain)
            return [
                *left_out.by_constraints(listed),
                *left_out.by_cgo(listed, root, toolchain, options.tags),
            ]
    return []


def _check_sums(main: str, go_sum: Path, info: dict[str, Any]) -> None:
    sums = (
        dict(re.findall(r"^(\S+ \S+) (\S+)$", go_sum.read_text(), re.MULTILINE)) if go_sum.is_file() else {}
    )
    for dependency in info.get("Deps") or ():
        name, used = f"{dependency['Path']} {dependency['Version']}", dependency.get("Sum")
        if sums.get(name, used) != used:
            raise Refused(f"{name} is {used}, but go.sum of {main} says {sums[name]}; nothing was kept")


def _check_variables(origin: Module, module: str, root: Path, filled: Mapping[str, str]) -> None:
    """Those of the module itself; which packages of other modules are in the program, the binary does not tell."""
    directories = {root, *(path.parent for path in root.rglob("*.go"))} if filled else {root}
    packages = {"/".join([module, *path.relative_to(root).parts]): path for path in directories}
    own = [name for name in filled if name.startswith(("main.", f"{module}.", f"{module}/"))]
    variables.check(own, packages, origin.package)


def _withdrawn(main: str, toolchain: Toolchain, scratch: Path) -> Iterator[str]:
    asked = toolchain.run(["list", "-m", "-u", "-retracted", "-json", main], directory=scratch)
    told = json.loads(asked.stdout) if asked.returncode == 0 else {}
    if told.get("Retracted"):
        yield f"version {main} was withdrawn by its authors ({'; '.join(told['Retracted'])}): take another one"
    if told.get("Deprecated"):
        yield f"module {main.partition('@')[0]} is deprecated by its authors: {told['Deprecated']}"


def _flat(lines: Sequence[str]) -> str:
    return " ".join(" ".join(lines).split())
