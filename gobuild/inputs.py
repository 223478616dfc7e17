"""All that the binaries of a service are made from, but for modules of the module cache: go.sum has those."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gobuild import listing, wording
from gobuild.listing import Package
from gobuild.place import Place
from model.architecture import Architecture

_OF_A_MODULE = ("go.mod", "go.sum")
_OF_A_WORKSPACE = ("go.work", "go.work.sum")
_LFS = b"version https://git-lfs.github.com/spec/"
_VENDORED = Path("vendor", "modules.txt")


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """`trees` are the modules that packages come from, the service's own first; `files` may lie outside them."""

    trees: tuple[Path, ...]
    files: frozenset[Path]
    embedded: frozenset[Path]

    @property
    def root(self) -> Path:
        """The service's own module."""
        return self.trees[0]


def gather(place: Place, listed: dict[Architecture, list[Package]], profile: Path | None) -> Inputs:
    """What Go lists, and what it reads besides: the files of modules, workspace and vendoring, and a profile."""
    here = list(local(place, listing.every(listed)))
    trees = dict.fromkeys([place.root, *(_tree(each, place) for each in here)])
    files = {tree / name for tree in (*trees, *place.joined) for name in _OF_A_MODULE}
    files.add((place.work.parent if place.work else place.root) / _VENDORED)
    if place.work:
        files |= {place.work.parent / name for name in _OF_A_WORKSPACE}
    files.add(profile or place.directory / place.package / "default.pgo")
    files |= {file for each in here for file in each.files}
    return Inputs(
        trees=tuple(trees),
        files=frozenset(Path(path.parent.resolve(), path.name) for path in files if path.is_file()),
        embedded=frozenset(file for each in here for file in each.embedded),
    )


def pointers(made_from: Inputs) -> list[str]:
    """A sentence when files that are embedded are what Git LFS leaves in the place of the real ones."""
    found = sorted(
        wording.relative(path, made_from.root)
        for path in made_from.embedded
        if path.is_file() and path.stat().st_size < 1024 and path.read_bytes().startswith(_LFS)
    )
    if not found:
        return []
    kind = "is a pointer" if len(found) == 1 else "are pointers"
    return [
        f"{wording.listed(found)} {kind} of Git LFS, and embedded as such: run 'git lfs pull' before the build"
    ]


def local(place: Place, packages: Iterable[Package]) -> Iterable[Package]:
    """Those whose code is neither Go's own nor in the module cache."""
    cache = Path(place.toolchain.environment["GOMODCACHE"]).resolve()
    for each in packages:
        if not each.standard and each.directory and not each.directory.is_relative_to(cache):
            yield each


def _tree(package: Package, place: Place) -> Path:
    assert package.directory
    if package.tree and package.directory.is_relative_to(package.tree):
        return package.tree
    vendor = next((each for each in package.directory.parents if each.name == "vendor"), None)
    return vendor if vendor and not vendor.is_relative_to(place.root) else place.root
