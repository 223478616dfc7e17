"""The journal of machines that are there already: how much of it is kept, and what an edge tells of each request."""

from typing import Annotated

from pydantic import Field

from model.base import Base
from model.host_files import HostFile, render
from model.setting import Setting

INTERVAL = 10
"""Seconds over which journald counts lines, so that a short burst is none."""


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

    def base(self, name: str) -> Base:
        """For the release called `name` of a machine."""
        limits = HostFile(
            target=f"/etc/systemd/journald.conf.d/60-slipway-{name}.conf",
            content=render(
                "journald.conf.j2", logs=self, interval=INTERVAL, burst=INTERVAL * self.per_second
            ),
        )
        journal = {"unit": "systemd-journald.service", "action": "restart", "files": [limits.target]}
        return Base(files=(limits,), units=(journal,))
