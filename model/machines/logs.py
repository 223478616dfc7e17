"""The journal of machines that are there already: how much of it is kept, and what an edge tells of each request."""

from typing import Annotated, Any

from pydantic import Field

from model.base import Base
from model.host_files import HostFile, render
from model.setting import Setting
from model.tls import MachinePath

UPLOAD = "/usr/lib/systemd/systemd-journal-upload"
AGAIN = 10
"""Seconds after which a receiver that was away is tried again."""
INTERVAL = 10
"""Seconds over which journald counts lines, so that a short burst is none."""


class Sending(Setting):
    """Where the journal of each machine is sent, over TLS, by systemd-journal-upload; the files are on each machine."""

    to: Annotated[
        str, Field(pattern=r"^https://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5}(/[A-Za-z0-9._-]+)*)?$")
    ]
    """The receiver, as in `https://logs.example.com:19532`, which is the port unless another is named; with a port also a path,
    as in `https://logs.example.com:9428/insert/journald`, after which `/upload` is asked for."""
    authority: MachinePath
    """The file with the one certificate, of a CA or of the receiver itself, by which the receiver is known."""
    certificate: MachinePath
    """The file with the certificate by which the machine is known to it."""
    key: MachinePath
    """The file with the key to that; root's alone is right."""

    def base(self, name: str) -> Base:
        """For the release called `name` of a machine."""
        unit = f"slipway-{name}-logs"
        files = tuple(
            HostFile(
                target=f"/etc/systemd/system/{unit}.{kind}",
                content=render(
                    f"logs.{kind}.j2", name=name, unit=unit, sends=self, upload=UPLOAD, again=AGAIN
                ),
                check="systemd",
            )
            for kind in ("service", "timer")
        )
        timer: dict[str, Any] = {
            "unit": f"{unit}.timer",
            "action": "restart",
            "files": [each.target for each in files],
        }
        needs = [self.authority, self.certificate, self.key]
        return Base(
            files=files,
            packages={"systemd-journal-remote": UPLOAD},
            units=(timer,),
            logs={"unit": f"{unit}.service", "to": self.to, "files": needs},
        )


class Logs(Setting):
    """What machines write down: the edge a line of JSON for each request, and all a journal with limits (docs/hosts.md)."""

    requests: bool = True
    """Whether the edge writes a line for each request, and gives it an id that the service gets as `X-Request-Id`."""
    size: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}[MG]$")] = "1G"
    """How large the journal may become, such as `500M`; the oldest goes first."""
    days: Annotated[int, Field(ge=1, le=3650)] = 30
    """How long it is kept at the most."""
    per_second: Annotated[int, Field(ge=0, le=1_000_000)] = 5000
    """Lines of one unit that journald takes, on average over ten seconds, before it drops some and says how many; 0: all."""

    send: Sending | None = None
    """Sends the journal elsewhere; left out: it stays on the machine."""

    def base(self, name: str) -> Base:
        """For the release called `name` of a machine."""
        limits = HostFile(
            target=f"/etc/systemd/journald.conf.d/60-slipway-{name}.conf",
            content=render(
                "journald.conf.j2", logs=self, interval=INTERVAL, burst=INTERVAL * self.per_second
            ),
        )
        journal = {"unit": "systemd-journald.service", "action": "restart", "files": [limits.target]}
        base = Base(files=(limits,), units=(journal,))
        return base.plus(self.send.base(name)) if self.send else base
