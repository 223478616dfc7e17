"""Base images, one per architecture, cached outside the checkout by the digest of everything they are made from."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from lab import cache, foreign
from lab.architecture import Architecture, native
from lab.builder import DISK_SIZE, OPTIONS, Builder
from lab.cgroup import Cgroup
from lab.kind import Kind
from lab.progress import Progress

# To be raised when this file makes images in another way; the other ingredients are in the digest themselves.
RECIPE_VERSION = 1
_HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Image:
    """A base image. A native one has `tree`, the root directory; a foreign one has `disk` (raw ext4) and `kernel`."""

    architecture: Architecture
    digest: str
    kind: Kind = Kind.PLAIN

    @property
    def directory(self) -> Path:
        return cache.directory("lab") / self.digest

    @property
    def tree(self) -> Path:
        return self.directory / "root"

    @property
    def disk(self) -> Path:
        return self.directory / "disk.raw"

    @property
    def kernel(self) -> Path:
        return self.directory / "vmlinuz"

    @property
    def is_native(self) -> bool:
        return self.architecture is native()


def image(architecture: Architecture, kind: Kind = Kind.PLAIN) -> Image:
    """The image of that architecture and kind as this checkout would make it; it need not exist yet."""
    ingredients = [
        str(RECIPE_VERSION),
        kind.suite,
        native().value,
        architecture.value,
        *kind.packages,
        *OPTIONS,
    ]
    ingredients += [script.read_text() for script in kind.scripts]
    if architecture is not native():
        ingredients += [DISK_SIZE, (_HERE / "foreign.py").read_text()]
    digest = hashlib.sha256("\0".join(ingredients).encode())
    name = architecture.value if kind is Kind.PLAIN else f"{kind.value}-{architecture.value}"
    return Image(architecture=architecture, digest=f"{name}-{digest.hexdigest()[:16]}", kind=kind)


def ensure(wanted: Image, commands: Cgroup, progress: Progress) -> None:
    """Makes the image if the cache lacks it. Whoever comes second waits for the first; a half-made one is never used.

    commands: the control group in which the building programs run. Raises LabError with the last lines of what failed.
    """
    if wanted.directory.exists():
        return
    if not wanted.is_native:
        ensure(image(native(), wanted.kind), commands, progress)

    def make(directory: Path) -> None:
        try:
            builder = Builder(directory, commands, progress, wanted.architecture)
            if wanted.is_native:
                _build_native(builder, wanted.kind)
            else:
                foreign.build(builder, image(native(), wanted.kind).tree)
        except BaseException:
            # What a killed program had started would go on writing into the directory.
            commands.kill()
            raise
        progress.say("image", f"{wanted.architecture.value}: ready, kept as {wanted.directory}")

    def waiting() -> None:
        progress.say("image", f"{wanted.architecture.value}: waiting for another process that is making it")

    cache.made(wanted.directory, make, waiting)


def _build_native(builder: Builder, kind: Kind) -> None:
    builder.say(f"installing Debian {kind.suite} (about 20 s)")
    hooks = [f'--customize-hook=sh {script} "$1"' for script in kind.scripts]
    builder.debian("apt", list(kind.packages), builder.directory / "root", *hooks, suite=kind.suite)
