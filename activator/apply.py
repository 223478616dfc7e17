"""Turns a release on, or finds that it is, or leaves what was there."""

from __future__ import annotations

from typing import Any

from activator import staging
from activator.back import put_back
from activator.bundle import Bundle
from activator.drift import drift
from activator.evidence import evidence, outcome
from activator.failure import BROKEN, DONE, PUT_BACK, Failed, Interrupted, Refused
from activator.finish import finish
from activator.host import Host
from activator.ledger import Ledger
from activator.recovery import recover
from activator.status import summary
from activator.transaction import Transaction


def apply(host: Host, bundle: Bundle, owner: str, install: bool, secrets: dict[str, str]) -> int:
    release = bundle.release
    ledger = Ledger(host, release.service)
    host.interruptible = False
    recover(host, ledger, bundle.path)
    host.interruptible = True
    live, rolls = ledger.live, True
    if live and live.release.id == release.id:
        must_roll, mends = drift(host, live, secrets)
        rolls = bool(must_roll)
        if not must_roll + mends:
            return already(host, ledger, bundle, owner)
        host.say("\n".join(f"not as released: {reason}" for reason in must_roll + mends))
    try:
        slot = staging.choose_slot(release, live, rolls)
        staged = staging.stage(host, bundle, slot, install, secrets)
    except (Refused, Interrupted, OSError) as reason:
        staging.clean_up(host, release)
        ledger.add("refused", release=release.id, owner=owner, why=str(reason))
        raise Refused(str(reason)) from reason
    where = f"for slot {slot}" if slot and rolls else "to be put right in place" if live else ""
    host.tell(f"{release.service} {release.id} checked {where}".rstrip())
    begin: dict[str, Any] = {"slot": slot, "rolls": rolls or staged, "bundle": bundle.path, "owner": owner}
    return carry_out(host, ledger, Transaction.start(host, ledger, release, **begin), secrets)


def already(host: Host, ledger: Ledger, bundle: Bundle, owner: str) -> int:
    assert ledger.live
    bundle.refresh_activator()
    if ledger.own(owner):
        host.say(f"{ledger.service} now belongs to {owner}")
    host.answer(summary(host, ledger.live, changed=False))
    return DONE


def carry_out(host: Host, ledger: Ledger, transaction: Transaction, secrets: dict[str, str]) -> int:
    release = transaction.release
    try:
        transaction.run(secrets)
    except Exception as failure:  # whatever it was, what was there comes back
        host.interruptible = False
        known = isinstance(failure, (Failed, Interrupted))
        why = str(failure) if known else f"{type(failure).__name__}: {failure}"
        host.say(evidence(transaction, ledger.begun[-1] if ledger.begun else "begin", why, secrets))
        try:
            wrong = put_back(transaction, why)
        except Exception as worse:
            wrong = [f"{type(worse).__name__}: {worse}"]
        host.say(outcome(transaction, wrong))
        return BROKEN if wrong else PUT_BACK
    host.interruptible = False
    transaction.commit()
    try:
        finish(transaction, transaction.begin["bundle"])
    except (Failed, OSError) as failure:
        host.say(f"release {release.id} is live, but not all was tidied: {failure}\nnext: run the same again")
        return BROKEN
    assert ledger.live
    host.answer(summary(host, ledger.live, changed=True))
    return DONE
