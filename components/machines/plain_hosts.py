"""Machines that are there already, as hosts."""

from dataclasses import replace
from pathlib import Path

import pulumi
import pulumi_command as command

from components.hosts import DIAL_ERROR_LIMIT, SECONDS_PER_DIAL, Host, private_key
from model.login import Login
from model.machines.region import PlainHost, Region
from model.service import Service


def configured_hosts(region: Region, service: Service, project: Path) -> tuple[Host, ...]:
    """The region's machines that are there already, as configured."""
    made = ((host, configured_host(host, region.login, project)) for host in region.hosts)
    return tuple(
        replace(one, door=region.host_door(host), base=region.host_base(host, service)) for host, one in made
    )


def configured_host(host: PlainHost, login: Login, project: Path) -> Host:
    """One machine that is there already. Its host key is its identity: a new machine has a new one."""
    key = private_key(login, project)
    return Host(
        name=host.name,
        address=host.address,
        architecture=host.architecture,
        identity=host.host_key,
        connection=command.remote.ConnectionArgs(
            host=host.address,
            port=host.port,
            user=login.user,
            private_key=pulumi.Output.secret(key) if key else None,
            host_key=host.host_key,
            dial_error_limit=DIAL_ERROR_LIMIT,
            per_dial_timeout=SECONDS_PER_DIAL,
            proxy=_proxy(login, key),
        ),
    )


def _proxy(login: Login, key: str | None) -> command.remote.ProxyConnectionArgs | None:
    jump = login.jump
    if jump is None:
        return None
    return command.remote.ProxyConnectionArgs(
        host=jump.address,
        port=jump.port,
        user=jump.user or login.user,
        private_key=pulumi.Output.secret(key) if key else None,
        host_key=jump.host_key,
        dial_error_limit=DIAL_ERROR_LIMIT,
        per_dial_timeout=SECONDS_PER_DIAL,
    )
