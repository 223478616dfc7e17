"""The files of a DNS host: PowerDNS with its zone, and HAProxy, which checks each region for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from model.door import EVERYWHERE, IPV6, authority
from model.front_door.front_door import FrontDoor
from model.front_door.name_servers import NameServer
from model.front_door.plan import Plan
from model.front_door.worst_case import POWERDNS_ASKS
from model.front_door.zone import CHECKS_PORT, zone
from model.host_files import HostFile, render
from model.place import Place
from model.service import Service

FOLDER = "/etc/powerdns/slipway"
RISE = 5
"""Good checks in a row after which users come back: a region that comes and goes is left alone meanwhile."""
SLACK = 10
"""Seconds more for a region that is new, on a host that is busy."""
POWERDNS, CHECKS = "pdns.service", "haproxy.service"
"""Units of Debian's packages, which run as users of their own (pdns, haproxy); what is added takes nothing away from them."""
PACKAGES = {
    "pdns-server": "/usr/sbin/pdns_server",
    "pdns-backend-bind": "/etc/powerdns/pdns.d/bind.conf",
    "haproxy": "/usr/sbin/haproxy",
}


@dataclass(frozen=True, kw_only=True)
class _Check:
    address: str
    region: str
    at: str
    tls: bool


def files(
    door: FrontDoor, plan: Plan, places: Mapping[str, Place], service: Service, server: NameServer
) -> tuple[HostFile, ...]:
    """In the order in which they can be checked. Every DNS host has the same ones, but for the addresses that it listens on."""
    half = door.timeout * 500
    checks = tuple(
        _Check(
            address=probe.target,
            region=way.region,
            at=authority(probe.target, probe.port),
            tls=probe.tls,
        )
        for way in plan.ways
        for probe in way.probes
        if probe.target
    )
    return (
        HostFile(
            target=f"{FOLDER}/haproxy.cfg",
            content=render(
                "dns.checks.j2",
                port=CHECKS_PORT,
                checks=checks,
                half=half,
                path=service.health.path,
                host=service.health.host or plan.name,
                name=plan.name,
                interval=door.interval,
                fall=door.threshold,
                rise=RISE,
            ),
            check="haproxy",
        ),
        HostFile(target=f"{FOLDER}/zone", content=zone(door, plan, places, service.name)),
        HostFile(
            target=f"{FOLDER}/named.conf", content=render("dns.named.conf.j2", zone=door.zone, folder=FOLDER)
        ),
        HostFile(
            target=f"{FOLDER}/pdns.conf",
            content=render(
                "dns.pdns.conf.j2",
                zone=door.zone,
                folder=FOLDER,
                listeners=_listeners(server),
                asks_every=POWERDNS_ASKS,
            ),
            check="pdns",
        ),
        _drop_in(
            CHECKS,
            f'Environment="CONFIG={FOLDER}/haproxy.cfg"',
            "Restart=always",
        ),
        _drop_in(
            POWERDNS,
            "ExecStart=",
            f"ExecStart=/usr/sbin/pdns_server --config-dir={FOLDER} --guardian=no --daemon=no --write-pid=no",
            "Restart=always",
            "RestartSec=500ms",
        ),
    )


def told(door: FrontDoor, plan: Plan) -> dict[str, object]:
    """What the host asks its own checks before it answers with an address that is new, by the manifest's words.

    A first check begins within an interval; one that failed by chance is made good by RISE others.
    """
    one = door.interval + door.timeout
    return {
        "name": door.zone,
        "config": f"{FOLDER}/pdns.conf",
        "unit": POWERDNS,
        "checks": CHECKS_PORT,
        "answers": [
            probe.target for way in plan.ways if not way.drained for probe in way.probes if probe.target
        ],
        "checkedWithin": one,
        "wellWithin": (RISE + 1) * one + SLACK,
    }


def units() -> tuple[dict[str, object], ...]:
    """What is restarted, each where one of its own files changed."""
    return (
        {
            "unit": CHECKS,
            "action": "restart",
            "files": [f"{FOLDER}/haproxy.cfg", _drop_in_path(CHECKS)],
        },
        {
            "unit": POWERDNS,
            "action": "restart",
            "files": [
                *(f"{FOLDER}/{name}" for name in ("zone", "named.conf", "pdns.conf")),
                _drop_in_path(POWERDNS),
            ],
        },
    )


def _drop_in_path(unit: str) -> str:
    return f"/etc/systemd/system/{unit}.d/slipway-{unit.removesuffix('.service')}.conf"


def _drop_in(unit: str, *lines: str) -> HostFile:
    content = render("dns.drop-in.j2", lines=("[Unit]", "StartLimitIntervalSec=0", "", "[Service]", *lines))
    return HostFile(target=_drop_in_path(unit), content=content)


def _listeners(server: NameServer) -> tuple[str, ...]:
    """One line for both families, and one in its place that is left out on a machine without IPv6."""
    if server.bind:
        return (f"local-address={', '.join(server.bind)}",)
    four, six = EVERYWHERE
    return (f"local-address={four}", f"{IPV6} local-address+={six}")
