"""Building a main package of a published module at one version, as `go install package@version` does."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from gobuild.refusal import CompileFailed, Refused
from gobuild.spec import Module
from gobuild.toolchain import Toolchain


def install(
    origin: Module, toolchain: Toolchain, scratch: Path, flags: Sequence[str], variables: Mapping[str, str]
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
    if any(line.startswith("# ") for line in lines):
        raise CompileFailed(text + "\n")
    raise Refused(f"module {wanted} cannot be had; check path, version and GOPROXY: {_flat(lines)}")


def module_cache(toolchain: Toolchain) -> Path:
    """The user's own module cache."""
    return Path(toolchain.environment["GOMODCACHE"])


def check_sums(info: dict[str, Any], toolchain: Toolchain, scratch: Path) -> datetime:
    """When the module's version was made; Refused if a dependency is not what the module's own go.sum says.

    `info` is the build information of a binary. The checksum database covers public modules only; a
    private one has nothing but its go.sum.
    """
    main = f"{info['Main']['Path']}@{info['Main']['Version']}"
    found = toolchain.run(["mod", "download", "-json", main], directory=scratch)
    if found.returncode != 0:
        raise Refused(f"module {main} cannot be had: {_flat((found.stdout, found.stderr))}")
    downloaded = json.loads(found.stdout)
    go_sum = Path(downloaded["Dir"], "go.sum")
    sums = (
        dict(re.findall(r"^(\S+ \S+) (\S+)$", go_sum.read_text(), re.MULTILINE)) if go_sum.is_file() else {}
    )
    for dependency in info.get("Deps") or ():
        name, used = f"{dependency['Path']} {dependency['Version']}", dependency.get("Sum")
        if sums.get(name, used) != used:
            raise Refused(f"{name} is {used}, but go.sum of {main} says {sums[name]}; nothing was kept")
    return datetime.fromisoformat(json.loads(Path(downloaded["Info"]).read_text())["Time"])


def _flat(lines: Sequence[str]) -> str:
    return " ".join(" ".join(lines).split())
