"""After the commit, only forward: the old slot drains and stops, and what no release needs any more goes."""

from __future__ import annotations

import contextlib
from posixpath import dirname

from activator import timer
from activator.bundle import UPLOAD
from activator.failure import Failed
from activator.files import drop_empty
from activator.manifest import canonical
from activator.proxy import Proxy
from activator.snapshot import originals, read
from activator.systemd import look, set_enabled, stop
from activator.transaction import Transaction


def finish(transaction: Transaction, upload: str) -> None:
    """Begun again after a crash, it does what is missing. `upload` is wanted next and not pruned."""
    host, ledger = transaction.host, transaction.ledger
    release, before = transaction.release, transaction.before
    if transaction.old and transaction.old != transaction.slot:
        stop_old(transaction, transaction.old)
    if before:
        for path in set(before.release.paths()) - set(release.paths()) - before.release.displaces.keys():
            host.remove(path)
        drop_empty(host, before.release)
    link, target = f"{release.app}/current", f"releases/{release.id}"
    found = host.entry(link)
    if found is None or found.link != target:
        host.link(link, target)
    ledger.own(transaction.begin["owner"])
    if not ledger.pending:
        timer.disarm(host, release.service)
    keep_originals(transaction)
    prune(transaction, upload)
    ledger.add("end", result="applied", release=release.id)
    host.remove(transaction.copies)


def stop_old(transaction: Transaction, old: str) -> None:
    host, release = transaction.host, transaction.release
    unit, seconds = release.unit(old), release.manifest["drain"]
    proxy = Proxy(host, release) if release.proxy else None
    set_enabled(host, unit, False)
    began, left = host.clock(), ""
    if look(host, unit).active:
        left = proxy.drain(old, seconds) if proxy else ""
        stop(host, unit)
        host.run("systemctl", "reset-failed", unit)  # one that had to be killed is no failure of this host
    if proxy:
        with contextlib.suppress(Failed):  # a proxy that is down has no server to set
            proxy.set_state(old, "maint")
        ended = f"still had {left} after {seconds:g} s" if left else "drained"
        host.tell(f"slot {old} {ended} and is stopped ({host.clock() - began:.1f} s)")
    else:
        host.tell(f"slot {old} is stopped ({host.clock() - began:.1f} s)")


def keep_originals(transaction: Transaction) -> None:
    """What was there before the first release, such as a package's own file, comes back on removal."""
    host, path = transaction.host, originals(transaction.ledger.directory)
    ours = set(transaction.before.release.paths()) if transaction.before else set()
    copies, kept = transaction.copied().get("paths", {}), read(host, path)
    new = {name: copies[name] for name in set(transaction.release.paths()) - ours if copies.get(name)}
    if not new.keys() <= kept.keys():
        host.write(path, canonical({**new, **kept}), 0o600)


def prune(transaction: Transaction, upload: str) -> None:
    """Releases beyond `keep`, what failed before, and uploads; never of the current or previous release."""
    host, release, live = transaction.host, transaction.release, transaction.ledger.live
    assert live
    back = {transaction.ledger.back.release.id} if transaction.ledger.back else set[str]()
    kept = {live.release.id, live.previous, *back, *transaction.ledger.history[: release.manifest["keep"]]}
    for name in host.names(f"{release.app}/releases"):
        if name not in kept:
            host.remove(f"{release.app}/releases/{name}")
    host.remove(f"{release.app}/failed")
    bundle = transaction.begin["bundle"]
    for name in host.names(dirname(bundle)) if bundle else ():
        found, path = UPLOAD.fullmatch(name), f"{dirname(bundle)}/{name}"
        ours = found and found.group(1) == release.service and found.group(2) != live.previous
        if ours and path not in (upload, bundle):
            host.remove(path)
