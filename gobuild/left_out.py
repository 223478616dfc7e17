"""What a build without cgo, for Linux, with these tags leaves out of packages, as far as somebody may miss it."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from gobuild import listing, wording
from gobuild.listing import Package
from gobuild.toolchain import Toolchain
from model.architecture import Architecture

Listed = dict[Architecture, list[Package]]


def by_cgo(listed: Listed, directory: Path, toolchain: Toolchain, tags: Sequence[str]) -> list[str]:
    """A sentence for each package that has files for cgo: nothing but the program's users could tell otherwise."""
    suspects = {each.path for each in listing.every(listed) if each.ignored and not each.standard}
    if not suspects:
        return []
    asked = listing.packages(sorted(suspects), directory, toolchain, tags=tags, cgo=True)
    plain = {
        (architecture, each.path): each for architecture, packages in listed.items() for each in packages
    }
    missing: dict[str, dict[str, None]] = {}
    alone = set()
    for architecture, packages in asked.items():
        for each in packages:
            without = plain.get((architecture, each.path))
            files = sorted(each.code - (without.code if without else frozenset()))
            if files:
                missing.setdefault(each.path, {}).update(dict.fromkeys(files))
            if files and not (without and without.code):
                alone.add(each.path)
    return [_needs(path, files, path in alone) for path, files in missing.items()]


def _needs(path: str, files: Iterable[str], alone: bool) -> str:
    names = list(files)
    what = f"{wording.listed(names)} {'is' if len(names) == 1 else 'are'} left out"
    if alone:
        return (
            f"package {path} needs cgo (nothing of it is left without), and Slipway builds without: "
            "take a package in pure Go in its place"
        )
    return (
        f"package {path} needs cgo for a part of it, and Slipway builds without (CGO_ENABLED=0): {what}, "
        "so what they do is missing or done otherwise in the program; see whether that is enough, or take a package in pure Go"
    )


def by_constraints(listed: Listed) -> list[str]:
    """A sentence for each package of which no file is left, with what its files ask for."""
    empty = {
        each.path: each
        for each in listing.every(listed)
        if "build constraints exclude all Go files" in each.error and not each.standard
    }
    return [
        f"package {path} has no file for this build: {wording.listed(_wishes(each))}; build tags are set by 'service.tags', "
        "the system is Linux, and cgo is off"
        for path, each in empty.items()
    ]


def _wishes(package: Package) -> Iterable[str]:
    for name in package.ignored:
        assert package.directory
        text = (package.directory / name).read_text(errors="replace")
        constraint = re.search(r"^//go:build (.+)$", text, re.MULTILINE)
        yield (
            f"{name} wants {constraint[1].strip()!r}"
            if constraint
            else f"{name} is for another system by its name"
        )
