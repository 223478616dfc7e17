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
    "old-dns": ("pdns-server", "pdns-backend-bind"),
    "dns": ("pdns-server", "pdns-backend-bind"),
    "resolver": ("unbound", "dns-root-data"),
    "kept": ("acl", "unattended-upgrades"),
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
_RESOLVER = _RECIPE / "resolver.sh"


class Kind(Enum):
    """PLAIN: a host with the lab's login. CLOUD: one that cloud-init makes from user data, as a cloud's instance.

    BOOKWORM: a plain one of Debian 12, with systemd 252, Python 3.11, nginx 1.22 and HAProxy 2.6. DNS: a plain one with
    PowerDNS. OLD_DNS: that of Debian 12. RESOLVER: one with unbound, which users ask (lab/resolver.py).
    OBSERVED: a plain one with all that a monitor, and who is watched by one, need; as their packages leave it.
    KEPT: a plain one with what security updates and rights of further readers need.
    """

    PLAIN = "plain"
    CLOUD = "cloud"
    BOOKWORM = "bookworm"
    DNS = "dns"
    OLD_DNS = "old-dns"
    RESOLVER = "resolver"
    OBSERVED = "observed"
    KEPT = "kept"

    @property
    def suite(self) -> str:
        """Debian's name for the version."""
        return "bookworm" if self in (Kind.BOOKWORM, Kind.OLD_DNS) else SUITE

    @property
    def packages(self) -> tuple[str, ...]:
        return (*PACKAGES, *MORE.get(self.value, ()))

    @property
    def scripts(self) -> tuple[Path, ...]:
        """What turns a plain Debian tree into such a host, in this order."""
        more = {
            Kind.CLOUD: (_CLOUD,),
            Kind.BOOKWORM: (_BOOKWORM,),
            Kind.OLD_DNS: (_BOOKWORM,),
            Kind.RESOLVER: (_RESOLVER,),
        }
        return (_CUSTOMISE, *more.get(self, ()))
