"""How the host differs from the release that is live on it: found before a release changes anything, and told to whoever asks."""

from __future__ import annotations

from activator import certificate, clock, files, firewall, gate, hidden, jobs, kernel, logs, system
from activator.failure import DONE, Failed
from activator.host import Host
from activator.ledger import Ledger, Live
from activator.manifest import STATE
from activator.proxy import Proxy
from activator.redaction import known_secrets, reason
from activator.systemd import look


def drift(host: Host, live: Live, secrets: dict[str, str] | None) -> tuple[list[str], list[str]]:
    """(What needs the other slot, what can be put right in place.) Both are empty when all is well."""
    release, slot = live.release, live.slot
    if not release.intact(host, release.tree):
        return [f"{release.tree} was changed or removed"], []
    rolls: list[str] = []
    target = f"releases/{release.id}"
    shared = files.shared(host, release, release.tree, slot, live.also)
    shared = certificate.as_it_is(host, release, shared)
    mends = [file.path for file in shared if not file.in_place(host)]
    mends += [path for path, wanted in release.directories(slot).items() if host.entry(path) != wanted]
    mends += [unit["unit"] for unit in release.units if not look(host, unit["unit"]).active]
    mends += [
        f"{unit} is {'not ' if wanted else ''}enabled"
        for unit, wanted in release.at_boot(slot).items()
        if host.enabled(unit) != wanted
    ]
    mends += hidden.drift(host, release, secrets)
    mends += certificate.drift(host, release)
    mends += clock.drift(host, release)
    mends += logs.drift(host, release)
    mends += system.differing(host, release)
    mends += kernel.differing(host, release, f"{STATE}/{release.service}")
    if not firewall.in_place(host, live):
        mends.append("the firewall")
    if not linked(host, f"{release.app}/current", target):
        mends.append(f"{release.app}/current")
    if slot is None:
        return rolls, mends
    own = files.of_slot(host, release, release.tree, slot, secrets)
    rolls += [file.path for file in own if not file.in_place(host)]
    if not linked(host, f"{release.app}/{slot}", target):
        rolls.append(f"{release.app}/{slot}")
    try:
        gate.prove(host, release, slot, gate.still_healthy(host, release, slot))
    except Failed as failure:
        rolls.append(reason(failure, known_secrets(host, release, secrets)))
    mends += jobs.drift(host, release, slot)
    if not release.proxy:
        return rolls, mends
    if Proxy(host, release).ready() != [slot]:
        mends.append(f"{release.proxy['unit']} does not send requests to {slot} alone")
    return rolls, mends


def told(host: Host, service: str) -> int:
    """One JSON line: what is not as released. Changes nothing and waits for nobody."""
    ledger = Ledger(host, service)
    live, differs = ledger.live, list[str]()
    if live:
        try:
            rolls, mends = drift(host, live, None)
            differs = rolls + mends + system.told(host, live.release)
        except (Failed, OSError) as failure:
            differs = [reason(failure, known_secrets(host, live.release, None))]
        if live.slot and live.release.proxy and not look(host, live.release.proxy["unit"]).active:
            differs.append(
                f"{live.release.proxy['unit']} does not run, so nothing listens on {live.release.proxy['port']}"
            )
    found = {
        "release": live.release.id if live else None,
        "differs": differs,
        "unfinished": bool(ledger.unfinished),
    }
    host.answer({"service": service, **found, "host": host.name()})
    return DONE


def linked(host: Host, path: str, target: str) -> bool:
    entry = host.entry(path)
    return entry is not None and entry.link == target
