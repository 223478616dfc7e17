"""What machines that are there already get as systems: who may read, what greets a log-in, security updates (docs/hosts.md)."""

from typing import Annotated

from pydantic import Field

from model.base import Base
from model.host_files import HostFile, render
from model.setting import Setting


class System(Setting):
    """Who may read, a banner, security updates; `make drift` then tells of a wanted reboot and of an sshd that is open, too."""

    operators: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")] | None = None
    """A group that is on every machine: who is in it may read the journal, the service's configuration and its own logs."""
    banner: bool = True
    """Whether whoever logs in is told what the machine is, where update-motd.d(5) is known (Debian, Ubuntu)."""
    updates: bool = True
    """Whether unattended-upgrades installs security updates every day, and nothing else; it never reboots (Debian, Ubuntu)."""

    def base(self, name: str) -> Base:
        """For the release called `name` of a machine."""
        banner = HostFile(
            target=f"/etc/update-motd.d/60-slipway-{name}",
            content=render("banner.j2", name=name),
            mode="0755",
        )
        updates = HostFile(
            target=f"/etc/apt/apt.conf.d/60slipway-{name}-updates", content=render("updates.j2")
        )
        return Base(
            files=(*([banner] if self.banner else []), *([updates] if self.updates else [])),
            packages={
                **({"acl": "/usr/bin/setfacl"} if self.operators else {}),
                **({"unattended-upgrades": "/usr/bin/unattended-upgrade"} if self.updates else {}),
            },
            system={"operators": self.operators},
        )
