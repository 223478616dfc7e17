"""The resolver between users and DNS hosts, as their provider's is: it keeps an answer for its TTL and no longer."""

from __future__ import annotations

from collections.abc import Sequence

from lab.machine import Machine

_FILE = "/etc/unbound/unbound.conf.d/lab.conf"


def delegate(resolver: Machine, zone: str, servers: Sequence[str]) -> None:
    """Has `resolver`, a host of Kind.RESOLVER, ask `servers` for `zone`, as a parent zone's NS records would have it do.

    Nothing else can be asked in a lab, so signatures are not looked at.
    """
    lines = [
        "server:",
        "    interface: 0.0.0.0",
        "    access-control: 10.0.0.0/8 allow",
        "    module-config: iterator",
        "stub-zone:",
        f"    name: {zone}",
        *(f"    stub-addr: {address}" for address in servers),
    ]
    resolver.run(f"sudo -n tee {_FILE} >/dev/null", stdin="\n".join(lines) + "\n")
    resolver.run("sudo -n systemctl restart unbound.service")
