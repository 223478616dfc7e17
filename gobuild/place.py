"""Where the code of a service is: its package, its module, and the workspace that the module may be part of."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gobuild import git, wording
from gobuild.refusal import CompileFailed, Refused
from gobuild.spec import Source
from gobuild.toolchain import Toolchain


@dataclass(frozen=True, kw_only=True)
class Place:
    """`package` as Go takes it in `directory`; `root` holds go.mod; `work` is the go.work in force, if any.

    `toolchain` is the one that goes by it. `joined` are directories that stand for modules, by `replace` or in the workspace.
    """

    directory: Path
    package: str
    root: Path
    module: str
    requires: tuple[str, ...]
    work: Path | None
    joined: tuple[Path, ...]
    toolchain: Toolchain


def find(source: Source, toolchain: Toolchain) -> Place:
    """Refused unless the source directory and the package in it exist, and a go.mod governs them."""
    directory = source.directory.resolve()
    if not directory.is_dir():
        raise Refused(
            f"source {str(source.directory)!r} is not a directory: "
            + (git.uninitialised(directory) or "give the one that holds the service")
        )
    root = _root(source, directory)
    told = _edit(toolchain, "mod", root / "go.mod")
    module = (told.get("Module") or {}).get("Path", "")
    work = _workspace(root, toolchain) if source.workspace else None
    return Place(
        directory=directory,
        package=_package(source, directory, root, module, toolchain),
        root=root,
        module=module,
        requires=tuple(each["Path"] for each in told.get("Require") or ()),
        work=work,
        joined=_joined(root, told, work, toolchain),
        toolchain=toolchain.within(GOWORK=str(work)) if work else toolchain,
    )


def missing(place: Place, text: str) -> list[str]:
    """Of the directories that stand for modules, those that `text`, an error of Go, is about and that hold none."""
    gone = [
        each
        for each in place.joined
        if not (each / "go.mod").is_file()
        and any(path in text for path in (str(each), wording.relative(each, place.directory)))
    ]
    return [
        f"{wording.relative(each, place.root)}, which go.mod or go.work names, holds no module: "
        f"{git.uninitialised(each) or 'correct the path, or put the module there'}."
        for each in gone
    ]


def _root(source: Source, directory: Path) -> Path:
    for candidate in (directory, *directory.parents):
        if (candidate / "go.mod").is_file():
            return candidate
    remedy = git.uninitialised(directory)
    if not remedy and not any((directory / source.package).glob("*.go")):
        raise Refused(_no_package(source.directory / source.package, _ADVICE))
    remedy = remedy or "run 'go mod init' there"
    raise Refused(f"there is no go.mod in {str(directory)!r} or above it: {remedy}")


_ADVICE = "set 'package' to the directory of its main package, as './cmd/name'"


def _no_package(package: Path, remedy: str) -> str:
    return f"there is no Go package in {str(package)!r}: {remedy}"


def _package(source: Source, directory: Path, root: Path, module: str, toolchain: Toolchain) -> str:
    """`source.package` as `./cmd/x`; it may be written as an import path, too."""
    given = source.package.removesuffix("/")
    if module and (given == module or given.startswith(f"{module}/")):
        package = root / given.removeprefix(module).lstrip("/")
    else:
        package = directory / given
    if package.suffix == ".go" and package.is_file():
        raise Refused(f"package {given!r} is a file: name its directory, {str(Path(given).parent)!r}")
    if not any(package.glob("*.go")):
        remedy = git.uninitialised(package) or _instead(directory, toolchain)
        raise Refused(_no_package(source.directory / given, remedy))
    return (
        "./" + package.relative_to(directory).as_posix()
        if package.is_relative_to(directory)
        else str(package)
    )


def _instead(directory: Path, toolchain: Toolchain) -> str:
    """The main packages that are there."""
    listed = toolchain.run(
        ["list", "-e", "-find", '-f={{if eq .Name "main"}}{{.Dir}}{{end}}', "./..."], directory=directory
    )
    mains = [f"./{Path(line).relative_to(directory)}" for line in listed.stdout.splitlines() if line]
    advice = "set 'package' to the directory of its main package, as './cmd/name'"
    return (
        f"{advice}; there {'is' if len(mains) == 1 else 'are'} {wording.listed(mains)}" if mains else advice
    )


def _workspace(root: Path, toolchain: Toolchain) -> Path | None:
    """The go.work that `go build` would find and that lists the module; one that does not list it is somebody else's."""
    for candidate in (root, *root.parents):
        work = candidate / "go.work"
        if work.is_file():
            return work if root in _used(work, toolchain) else None
    return None


def _used(work: Path, toolchain: Toolchain) -> list[Path]:
    used = _edit(toolchain, "work", work).get("Use") or ()
    return [(work.parent / each["DiskPath"]).resolve() for each in used]


def _joined(root: Path, told: dict[str, Any], work: Path | None, toolchain: Toolchain) -> tuple[Path, ...]:
    """Directories that stand for modules; where go.work is in force, the replacements of all its modules count.

    A vendor folder holds copies of those that are replaced.
    """
    used = _used(work, toolchain) if work else []
    bases = [(root, told)]
    if work:
        members = [(each, each / "go.mod") for each in used if (each / "go.mod").is_file()]
        bases = [(work.parent, _edit(toolchain, "work", work))]
        bases += [(each, _edit(toolchain, "mod", file)) for each, file in members]
    replaced = [
        (base / each["New"]["Path"]).resolve()
        for base, told in bases
        for each in told.get("Replace") or ()
        if "Version" not in each["New"]
    ]
    vendored = ((work.parent if work else root) / "vendor" / "modules.txt").is_file()
    joined = [*used, *([] if vendored else replaced)]
    return tuple(dict.fromkeys(each for each in joined if each != root))


def _edit(toolchain: Toolchain, kind: str, file: Path) -> dict[str, Any]:
    read = toolchain.run([kind, "edit", "-json", str(file)], directory=file.parent)
    if read.returncode != 0:
        raise CompileFailed(read.stderr)
    return json.loads(read.stdout)
