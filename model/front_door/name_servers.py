"""Machines that answer for the shared name, in one place."""

from typing import Self

from pydantic import model_validator

from model.login import Login
from model.plain_host import PlainHost
from model.setting import Setting


class NameServers(Setting):
    """`hosts` that serve DNS, or the `inventory` file that lists them in the same words."""

    login: Login = Login()
    """Who logs in on the machines."""
    hosts: tuple[PlainHost, ...]
    """Machines for this alone: they run PowerDNS, and users reach port 53 of their `address`."""

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.hosts:
            raise ValueError(
                "has an empty `hosts`; name a machine with name, address, architecture and hostKey"
            )
        return self
