"""OpenSSH's own client on a machine: a person at work there. Keys are pinned, the user's own configuration is not read."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from desk.stack import Machine
from model.door import authority


def words(machine: Machine, command: Sequence[str] = ()) -> list[str]:
    """The command line of `ssh`."""
    host, login = machine.host, machine.login
    way: list[str] = []
    if login.jump:
        jump, target = login.jump, authority(host.address, host.port)
        inner = _ssh(machine, jump.user or login.user, jump.address, jump.port, jump.host_key)
        inner[-1:-1] = ["-W", target]
        way = _through(inner)
    elif machine.way:
        way = _through(machine.way)
    outer = _ssh(machine, login.user, host.address, host.port, host.host_key)
    return [*outer[:-1], *way, outer[-1], *command]


def _through(words: Sequence[str]) -> list[str]:
    return ["-o", f"ProxyCommand={shlex.join(words).replace('%', '%%')}"]


def _ssh(machine: Machine, user: str, address: str, port: int, host_key: str) -> list[str]:
    options = {
        # Prints what known_hosts would hold, so that no file is needed and none is believed.
        "KnownHostsCommand": f"/bin/echo %H {host_key}",
        "UserKnownHostsFile": "none",
        "GlobalKnownHostsFile": "none",
        "StrictHostKeyChecking": "yes",
        "PasswordAuthentication": "no",
        "ServerAliveInterval": "15",
    }
    if machine.key:
        options |= {"IdentityFile": f'"{machine.key}"', "IdentitiesOnly": "yes"}
    words = ["ssh", "-F", "none", "-p", str(port), "-l", user]
    return [*words, *(word for each in options.items() for word in ("-o", "=".join(each))), address]
