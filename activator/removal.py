"""What taking a service off a host does to it."""

from __future__ import annotations

import contextlib

from activator import facts, firewall, jobs, kernel, own_units, system, timer
from activator.failure import Failed
from activator.host import Host
from activator.ledger import Ledger
from activator.neighbours import neighbours
from activator.snapshot import originals, read, restore
from activator.systemd import again, change, set_enabled, stop, systemctl


def take_off(host: Host, ledger: Ledger, purge: bool) -> None:
    """Only forward: what is begun here is ended by the next run. Data and logs stay, unless `purge`."""
    live, service = ledger.live, ledger.service
    timer.disarm(host, service)
    if live:
        release = live.release
        proxy = [release.proxy["unit"]] if release.proxy else []
        jobs.stop_all(host, release)
        own_units.end(host, own_units.owned(release))
        for unit in [*proxy, *map(release.unit, release.slots)]:
            stop(host, unit)
            set_enabled(host, unit, False)
            host.run("systemctl", "reset-failed", unit)
        kept = read(host, originals(ledger.directory))
        for path in release.paths():
            if path not in release.displaces or host.entry(path) is None:
                restore(host, path, kept.get(path))
        systemctl(host, "daemon-reload")
        kernel.take_off(host, release, ledger.directory)
        system.take_off(host, release)
        with contextlib.suppress(Failed):  # a stricter table is no reason to keep the service
            firewall.without(host, service)
        others = {unit["unit"] for other in neighbours(host, service) for unit in other.units}
        for unit in release.units:
            if unit["unit"] in own_units.owned(release):
                continue
            if unit.get("stops") and unit["unit"] not in others:
                stop(host, unit["unit"])
                set_enabled(host, unit["unit"], False)
                continue
            with contextlib.suppress(Failed):  # what else nginx has to say is no reason to keep the service
                change(host, again(unit), unit["unit"])
    host.remove(facts.path(service))
    for part in ("app", "conf"):
        host.remove(f"/opt/{service}/{part}")
    if purge or not host.names(f"/opt/{service}"):
        host.remove(f"/opt/{service}")
    if purge and live and live.release.user and host.has_user(live.release.user):
        host.run("userdel", live.release.user)
    for name in ("owner", "originals.json", "transaction.json"):
        host.remove(f"{ledger.directory}/{name}")
    ledger.add("end", result="removed")
