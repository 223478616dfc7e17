"""Turns a release on, or finds that it is, or leaves what was there; with a dead-man's switch, if wanted."""

from __future__ import annotations

from dataclasses import dataclass

from activator import clock, firewall, logs, needs, reach, secret_files, staging, system, timer
from activator.back import put_back
from activator.bundle import Bundle
from activator.drift import drift
from activator.environment import environment_values
from activator.evidence import evidence, outcome
from activator.failure import BROKEN, DONE, PUT_BACK, Failed, Interrupted, Refused
from activator.finish import finish
from activator.host import Host
from activator.ledger import Ledger, Live
from activator.manifest import Release
from activator.recovery import recover
from activator.redaction import known_secrets, reason
from activator.status import summary
from activator.transaction import Transaction


@dataclass(frozen=True)
class Order:
    """Who wants it, and how. Secrets None: the slot's own. `undoes`: the release that goes, and why. `client`: as SSH says it."""

    owner: str
    secrets: dict[str, str] | None = None
    install: bool = False
    confirm_within: float | None = None
    deployer: str | None = None
    undoes: tuple[str, str] | None = None
    client: str = ""


def apply(host: Host, bundle: Bundle, order: Order) -> int:
    ledger = recovered(host, bundle.release.service, bundle.path)
    live, rolls = ledger.live, True
    if live and live.release.id == bundle.release.id:
        must_roll, mends = drift(host, live, order.secrets)
        rolls = bool(must_roll)
        if not must_roll + mends:
            bundle.refresh_activator()
            if ledger.own(order.owner):
                host.say(f"{ledger.service} now belongs to {order.owner}")
            settle(host, ledger, order.confirm_within)
            host.answer(summary(host, live, changed=False))
            return DONE
        host.say("\n".join(f"not as released: {reason}" for reason in must_roll + mends))
    code = turn_on(host, ledger, bundle, order, rolls)
    if code == DONE and ledger.live:
        if not rolls:
            settle(host, ledger, order.confirm_within)
        host.answer(summary(host, ledger.live, changed=True))
    return code


def recovered(host: Host, service: str, upload: str = "") -> Ledger:
    """The ledger, after an unfinished run was ended."""
    ledger = Ledger(host, service)
    host.interruptible = False
    recover(host, ledger, upload)
    host.interruptible = True
    return ledger


def settle(host: Host, ledger: Ledger, confirm_within: float | None) -> None:
    """A live release that waits to be confirmed gets new time, or is confirmed by whoever asks for no confirmation."""
    if ledger.pending and ledger.live and confirm_within:
        timer.arm(host, ledger.live.release, confirm_within)
    elif ledger.pending and ledger.live:
        timer.disarm(host, ledger.service)
        ledger.add("confirmed", release=ledger.live.release.id)


def check(host: Host, bundle: Bundle, order: Order) -> int:
    """Asks all that `apply` asks, so that it can be known before others change; packages may be installed."""
    release = bundle.release
    staging.check_name(host, release, order.owner)
    ledger = Ledger(host, release.service)
    staging.check_account(host, release, ledger.live)
    slot = staging.choose_slot(release, ledger.live, True)
    clock.check(host, release)
    logs.check(host, release)
    system.check(host, release)
    try:
        staging.stage(host, bundle, slot, order.install, order.secrets, also(release, ledger.live))
        firewall.check(host, Live(release, slot, None, also(release, ledger.live)), order.client)
    finally:
        staging.clean_up(host, release)
    host.answer({"service": release.service, "release": release.id, "checked": True, "host": host.name()})
    return DONE


def confirm(host: Host, service: str, release: str, order: Order) -> int:
    """`release` stays for good. On a host that went back, it is turned on again from the disk."""
    ledger = recovered(host, service)
    if ledger.owner not in ("", order.owner):
        raise Refused(f"{service} belongs to {ledger.owner}, not to {order.owner}: deploy it again instead")
    changed = ledger.live is None or ledger.live.release.id != release
    if changed:
        code = turn_on(host, ledger, Bundle.on_disk(host, service, release), order)
        if code:
            return code
    settle(host, ledger, None)
    assert ledger.live
    firewall.confirm(host, ledger.live, order.client)
    host.answer({**summary(host, ledger.live, changed), "confirmed": True})
    return DONE


def restart(host: Host, service: str) -> int:
    """The live release in the other slot, with the secrets that it has: a new process, without a request lost."""
    ledger = recovered(host, service)
    live = ledger.live
    if not (live and live.slot):
        raise Refused(f"{service} does not run here: deploy it")
    _refuse_unconfirmed(host, ledger, live)
    bundle, secrets = Bundle.on_disk(host, service, live.release.id), _own_secrets(host, live)
    code = turn_on(host, ledger, bundle, Order(ledger.owner, secrets, deployer="restart"))
    if code == DONE and ledger.live:
        host.answer(summary(host, ledger.live, changed=True))
    return code


def mend(host: Host, service: str) -> int:
    """What is not as released is put right; what a process has to be started anew for goes through the other slot."""
    ledger = recovered(host, service)
    live = ledger.live
    if not live:
        raise Refused(f"{service} is not installed here: deploy it")
    _refuse_unconfirmed(host, ledger, live)
    must_roll, mends = drift(host, live, None)
    if not must_roll + mends:
        host.answer(summary(host, live, changed=False))
        return DONE
    host.say("\n".join(f"not as released: {reason}" for reason in must_roll + mends))
    bundle, secrets = Bundle.on_disk(host, service, live.release.id), _own_secrets(host, live)
    code = turn_on(host, ledger, bundle, Order(ledger.owner, secrets, deployer="mend"), bool(must_roll))
    if code == DONE and ledger.live:
        host.answer(summary(host, ledger.live, changed=True))
    return code


def _refuse_unconfirmed(host: Host, ledger: Ledger, live: Live) -> None:
    if ledger.pending:
        raise Refused(
            f"release {live.release.id} of {ledger.service} waits to be confirmed: run `up` to its end first"
        )
    if firewall.unconfirmed(host, live):
        raise Refused(
            "who may log in was never confirmed over a new connection: run `up` to its end first; where that finds nothing "
            "to do, `make forget HOST=NAME` and then `up`"
        )


def _own_secrets(host: Host, live: Live) -> dict[str, str] | None:
    """Those that the live slot has."""
    if not live.slot:
        return None
    secrets = dict(environment_values(host.read(f"{live.release.conf}/{live.slot}.secrets") or b""))
    return secrets | secret_files.kept(host, live.release, live.slot)


def revert(host: Host, service: str, release: str) -> int:
    """What the timer starts: back to what `release` displaced, with the secrets that its slot still has."""
    ledger = recovered(host, service)
    live, back, pending = ledger.live, ledger.back, ledger.pending
    if not (pending and live and back and live.release.id == release):
        host.say(f"release {release} of {service} is not live or was confirmed: nothing to put back")
        return DONE
    why = f"not confirmed within {pending:g} s"
    host.say(f"release {release} of {service} was {why}: going back to {back.release.id}")
    bundle = Bundle.on_disk(host, service, back.release.id)
    code = turn_on(host, ledger, bundle, Order(ledger.owner, deployer="timer", undoes=(release, why)))
    if code == DONE and ledger.live:
        host.answer(summary(host, ledger.live, changed=True))
    return code


def turn_on(host: Host, ledger: Ledger, bundle: Bundle, order: Order, rolls: bool = True) -> int:
    """Asks everything first, then carries out the transaction. `rolls` False: in place, without a restart."""
    release, live = bundle.release, ledger.live
    try:
        reach.check(host, release)
        staging.check_name(host, release, order.owner)
        staging.check_account(host, release, live)
        slot = staging.choose_slot(release, live, rolls)
        if rolls and not order.undoes:  # neither the way back nor what is mended in place waits
            clock.check(host, release)
            logs.check(host, release)
            system.check(host, release)
            needs.wait(host, release)
        staged = staging.stage(host, bundle, slot, order.install, order.secrets, also(release, live))
        firewall.check(host, Live(release, slot, None, also(release, live)), order.client)
    except (Refused, Interrupted, OSError) as reason:
        staging.clean_up(host, release)
        ledger.add("refused", release=release.id, owner=order.owner, why=str(reason))
        raise Refused(str(reason)) from reason
    if not staged:
        bundle.refresh_activator()
    where = f" for slot {slot}" if slot and rolls else " to be put right in place" if live else ""
    host.tell(f"{release.service} {release.id} checked{where}")
    begin = {
        "slot": slot,
        "rolls": rolls or staged,
        "bundle": bundle.path,
        "owner": order.owner,
        "confirm": order.confirm_within if live and rolls else None,
        "who": host.user(),
        "deployer": order.deployer,
        "undoes": order.undoes,
        "also": also(release, live),
    }
    return carry_out(Transaction.start(host, ledger, release, **begin), order.secrets)


def also(release: Release, live: Live | None) -> tuple[int, ...]:
    """Who sends requests may know the port of before for a while: the proxy listens there until the next release."""
    if live is None or not release.proxy:
        return ()
    if live.release.id == release.id:
        return live.also
    before = live.release.proxy["port"]
    return () if before == release.proxy["port"] else (before,)


def carry_out(transaction: Transaction, secrets: dict[str, str] | None) -> int:
    host, ledger = transaction.host, transaction.ledger
    try:
        transaction.run(secrets)
    except Exception as failure:  # whatever it was, what was there comes back
        host.interruptible = False
        known = isinstance(failure, (Failed, Interrupted))
        hidden = known_secrets(host, transaction.release, secrets, transaction.copied().get("paths"))
        why = reason(failure if known else f"{type(failure).__name__}: {failure}", hidden)
        host.conclude(evidence(transaction, ledger.begun[-1] if ledger.begun else "begin", why, hidden))
        try:
            wrong = put_back(transaction, why)
        except Exception as worse:
            wrong = [f"{type(worse).__name__}: {worse}"]
        host.conclude(outcome(transaction, wrong))
        return BROKEN if wrong else PUT_BACK
    host.interruptible = False
    transaction.commit()
    try:
        finish(transaction, transaction.begin["bundle"])
    except (Failed, OSError) as failure:
        name = transaction.release.id
        host.conclude(f"release {name} is live, but not all was tidied: {failure}\nnext: run the same again")
        return BROKEN
    return DONE
