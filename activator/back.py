"""Before the commit, back: exactly what was there, whatever the transaction had got to."""

from __future__ import annotations

import contextlib
from typing import Any, Callable

from activator import firewall, gate, kernel, own_units, snapshot, system, timer
from activator.failure import Failed
from activator.files import drop_empty
from activator.host import Host
from activator.proxy import Proxy
from activator.redaction import known_secrets, reason
from activator.systemd import again, look, set_enabled, stop, systemctl
from activator.transaction import Transaction


def put_back(transaction: Transaction, why: str) -> list[str]:
    """Returns what could not be had again; raises when a file could not. May be begun again after a crash."""
    host, ledger = transaction.host, transaction.ledger
    release, before = transaction.release, transaction.before
    copies = transaction.copied()
    hidden = known_secrets(host, release, copies=copies["paths"])
    wrong: list[str] = []

    def attempt(do: Callable[..., Any], *words: Any) -> None:
        try:
            do(*words)
        except (Failed, OSError) as error:
            wrong.append(reason(error, hidden))

    proxy = Proxy(host, (before.release if before else release)) if release.proxy else None
    old = before.slot if before else None
    unit = before.release.unit(old) if before and old else ""
    served = bool(unit) and copies["units"].get(unit, [False])[0]
    if proxy and old and served and look(host, unit).active:
        with contextlib.suppress(
            Failed, OSError
        ):  # users first; if it cannot be now, it is tried again below
            proxy.send_to(old, "maint")
    if not before:  # nothing served: what was started goes before its files do
        attempt(stop_what_did_not_run, host, copies["units"])
        attempt(restore_enabled, host, copies["units"])
    # The proxy's file first: should the host reboot before the rest is back, it names the slot that is not touched.
    config = before.release.proxy["config"] if before and before.release.proxy else ""
    for path, found in sorted(copies["paths"].items(), key=lambda one: one[0] != config):
        snapshot.restore(host, path, found)
    drop_empty(host, release)
    attempt(systemctl, host, "daemon-reload")
    if "kernel" in ledger.begun:
        kernel.restore(host, transaction.begin["kernel"])
    if "readers" in ledger.begun:
        if before:
            attempt(system.follow, host, before.release, release)
        else:
            attempt(system.take_off, host, release)
    if "firewall" in ledger.begun:
        attempt(firewall.restored, host)
    if before and old and served and not look(host, unit).active:
        host.run("systemctl", "reset-failed", unit)
        attempt(systemctl, host, "start", unit)
        attempt(gate.healthy, host, before.release, old)
    lost = served and not look(host, unit).active  # then the new slot is all that users have
    if proxy and old and copies["units"][proxy.unit][0] and not lost:
        if not look(host, proxy.unit).active:
            attempt(systemctl, host, "start", proxy.unit)
        elif "reload" in ledger.begun:
            attempt(proxy.reload)
        if served:
            attempt(proxy.send_to, old, "maint")
    for changed in release.units if {"units", "certificate"} & set(ledger.begun) else []:
        if copies["units"][changed["unit"]][0]:
            attempt(systemctl, host, again(changed), changed["unit"])
    if before and not lost:
        attempt(restore_enabled, host, copies["units"])
        slot = transaction.slot
        if proxy and transaction.rolls and slot and look(host, release.unit(slot)).active:
            proxy.drain(slot, release.manifest["drain"])
        attempt(stop_what_did_not_run, host, copies["units"])
    if before and "jobs" in ledger.begun:
        for timer_unit in before.release.timers:
            if copies["units"][timer_unit][0]:
                attempt(systemctl, host, "restart", timer_unit)
    for name in own_units.gone(release, before.release if before else None):
        if copies["units"][name][0]:
            attempt(systemctl, host, "start", name)
    if "arm" in ledger.begun:
        attempt(timer.disarm, host, release.service)
        if before and ledger.pending:  # what is live again waits to be confirmed, too
            attempt(timer.arm, host, before.release, ledger.pending)
    put_away(transaction, copies["unpacked"])
    ledger.add("end", result="reverted", release=release.id, why=why, wrong=wrong)
    host.remove(transaction.copies)
    return wrong


def put_away(transaction: Transaction, was_unpacked: bool) -> None:
    """The failed release goes to failed/, unless it was kept here before."""
    host, release, replaced = transaction.host, transaction.release, transaction.replaced
    host.remove(f"{release.app}/releases/.staged")
    if host.entry(replaced):
        host.remove(release.tree)
        host.move(replaced, release.tree)
    elif not was_unpacked and host.entry(release.tree):
        host.remove(f"{release.app}/failed")
        host.move(release.tree, f"{release.app}/failed/{release.id}")


def stop_what_did_not_run(host: Host, units: dict[str, Any]) -> None:
    for unit, (ran, _) in units.items():
        if not ran:
            stop(host, unit)
            host.run("systemctl", "reset-failed", unit)


def restore_enabled(host: Host, units: dict[str, Any]) -> None:
    for unit, (_, wanted) in units.items():
        set_enabled(host, unit, wanted)
