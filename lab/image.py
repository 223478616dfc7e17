"""Base images, one per architecture, cached outside the checkout by the digest of everything they are made from."""

import hashlib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from lab import cache, foreign
from lab.architecture import Architecture, native
from lab.builder import DISK_SIZE, OPTIONS, SUITE, Builder
from lab.cgroup import Cgroup
from lab.progress import Progress

PACKAGES = (
    "ca-certificates",
    "certbot",
    "cron",
    "curl",
    "dbus",
    "haproxy",
    "iproute2",
    "kmod",
    "libpam-systemd",
    "logrotate",
    "nftables",
    "nginx",
    "openssh-server",
    "procps",
    "python3",
    "sudo",
    "systemd",
    "systemd-sysv",
    "udev",
)
MORE = {
    "cloud": ("cloud-init",),
    "dns": ("pdns-server", "pdns-backend-bind", "unbound"),
    "observed": (
        "prometheus",
        "prometheus-alertmanager",
        "prometheus-blackbox-exporter",
        "prometheus-node-exporter",
        "rsyslog",
        "rsyslog-elasticsearch",
    ),
}
"""What a kind of image has besides."""
# To be raised when this file makes images in another way; the other ingredients are in the digest themselves.
RECIPE_VERSION = 1
_HERE = Path(__file__).parent
_CUSTOMISE = _HERE / "recipe/customise.sh"
_CLOUD = _HERE / "recipe/cloud.sh"
_BOOKWORM = _HERE / "recipe/bookworm.sh"
_DNS = _HERE / "recipe/dns.sh"


class Kind(Enum):
    """PLAIN: a host with the lab's login. CLOUD: one that cloud-init makes from user data, as a cloud's instance.

    BOOKWORM: a plain one of Debian 12, with systemd 252, Python 3.11, nginx 1.22 and HAProxy 2.6. DNS: a plain one with
    PowerDNS and, not started, unbound.
    OBSERVED: a plain one with all that a monitor, and who is watched by one, need; as their packages leave it.
    """

    PLAIN = "plain"
    CLOUD = "cloud"
    BOOKWORM = "bookworm"
    DNS = "dns"
    OBSERVED = "observed"

    @property
    def suite(self) -> str:
        """Debian's name for the version."""
        return "bookworm" if self is Kind.BOOKWORM else SUITE

    @property
    def packages(self) -> tuple[str, ...]:
        return (*PACKAGES, *MORE.get(self.value, ()))

    @property
    def scripts(self) -> tuple[Path, ...]:
        """What turns a plain Debian tree into such a host, in this order."""
        more = {Kind.CLOUD: (_CLOUD,), Kind.BOOKWORM: (_BOOKWORM,), Kind.DNS: (_DNS,)}
        return (_CUSTOMISE, *more.get(self, ()))


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
