"""What a lab host is for, and which packages and scripts make it."""

from enum import Enum
from pathlib import Path

from lab.builder import SUITE

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
        "systemd-journal-remote",
    ),
}
"""What a kind of image has besides."""
_RECIPE = Path(__file__).parent / "recipe"
_CUSTOMISE = _RECIPE / "customise.sh"
_CLOUD = _RECIPE / "cloud.sh"
_BOOKWORM = _RECIPE / "bookworm.sh"
_DNS = _RECIPE / "dns.sh"


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
