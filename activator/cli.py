"""The command line: words in, one run under the service's lock, an exit code out."""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import signal
from collections.abc import Iterator
from posixpath import join, normpath
from typing import Any, Callable

from activator import facts
from activator.apply import Order, apply, check, confirm, mend, restart, revert
from activator.bundle import Bundle
from activator.drift import told
from activator.environment import parse_secrets
from activator.failure import BROKEN, REFUSED, Failed, Interrupted, Refused
from activator.hang import watch
from activator.history import history
from activator.host import Host
from activator.ledger import Ledger
from activator.lock import held
from activator.manifest import STATE, service_name
from activator.remove import remove
from activator.signature import demand
from activator.status import previous, releases, status

PATIENCE = 600, 5
"""Seconds to wait for a run of the same owner (cut off from whoever deployed, it ends by itself), and for another's."""


@functools.cache
def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="activator.pyz",
        description="Turns a release on, on the host that this runs on, or puts the old one back.",
        epilog="exit codes: 0 done or already so; 1 refused, nothing was changed; 2 wrong usage; "
        "3 failed, what was there is back; 4 failed, and not all could be put back",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    on = commands.add_parser("apply", help="turn a release on; secrets as one JSON object on stdin")
    source = on.add_mutually_exclusive_group(required=True)
    source.add_argument("--bundle", help="path of the uploaded bundle, SERVICE-RELEASE.tar.gz")
    source.add_argument(
        "--release", help="a release that the host keeps, with --service; of A,B,… the one it keeps"
    )
    on.add_argument("--sha256", default="", help="the bundle's digest, in hex")
    on.add_argument("--install-packages", action="store_true", help="install what the host lacks")
    on.add_argument("--confirm-within", type=seconds, help="go back after so many seconds unless confirmed")
    on.add_argument("--deployer", help="whoever stands behind it, for the record")
    look = commands.add_parser("check", help="ask all that apply asks, and change nothing")
    look.add_argument("--bundle", required=True, help="as for apply")
    look.add_argument("--sha256", required=True)
    look.add_argument("--install-packages", action="store_true")
    for command in (on, look):
        command.add_argument(
            "--signed-by", default="", help="TYPE:BASE64 of the key that must have signed for the binary"
        )
    stay = commands.add_parser("confirm", help="keep a release, or turn it on again; secrets as for apply")
    off = commands.add_parser("remove", help="take a service off this host")
    off.add_argument("--purge", action="store_true", help="its data, logs, user and history too")
    anew = commands.add_parser("restart", help="the live release in the other slot; no request is lost")
    back = commands.add_parser("revert", help="what the timer of --confirm-within starts")
    hang = commands.add_parser("watch", help="what runs beside a slot, and restarts it when it hangs")
    hang.add_argument("--slot", required=True)
    shown = [commands.add_parser("status", help="one JSON line: what is live")]
    shown += [commands.add_parser("releases", help="one JSON line: what is kept")]
    shown += [commands.add_parser("previous", help="one JSON line: the release that a rollback goes back to")]
    shown += [commands.add_parser("drift", help="one JSON line: what is not as released")]
    shown += [commands.add_parser("history", help="one JSON line: what became of every release")]
    shown += [commands.add_parser("facts", help="what a monitor is told, into node exporter's directory")]
    right = commands.add_parser("mend", help="put right what is not as released")
    for command in (on, look, stay):
        command.add_argument(
            "--ssh-client", default="", help="what SSH_CLIENT says, for a firewall to let in"
        )
    for command in (on, look, stay, off):
        command.add_argument("--owner", required=True, help="who deploys; only the last one may remove it")
    for command in (on, look, stay, off, back, anew, hang, right, *shown):
        command.add_argument("--service", required=command not in (on, look))
    for command in (stay, back):
        command.add_argument("--release", required=True)
    return parser


def seconds(text: str) -> float:
    if not 0 < float(text) <= 86400:
        raise ValueError
    return float(text)


def main(words: list[str], host: Host, stdin: Callable[[], bytes]) -> int:
    parser = arguments()
    options = parser.parse_args(words)
    if options.command == "apply" and not (options.sha256 if options.bundle else options.service):
        parser.error("apply needs --bundle with --sha256, or --release with --service")
    try:
        if not host.is_root():
            raise Refused("this needs root: run it with `sudo -n python3 activator.pyz ...`")
        return run(options, host, stdin)
    except (Refused, Interrupted) as reason:
        host.conclude(f"refused on {host.name()}, nothing was changed: {reason}")
        return REFUSED
    except (Failed, OSError) as failure:
        host.conclude(
            f"failed on {host.name()}: {failure}\nnext: mend that and run again; it goes on from there"
        )
        return BROKEN


def run(options: argparse.Namespace, host: Host, stdin: Callable[[], bytes]) -> int:
    service, command = options.service and service_name(options.service), options.command
    if command == "status":
        return status(host, service)
    tellers = {
        "releases": releases,
        "previous": previous,
        "drift": told,
        "history": history,
        "facts": facts.write,
    }
    if command in tellers:
        return tellers[command](host, service)
    if command == "watch":
        return watch(host, service, options.slot)
    if command == "revert":
        with at_work(host, service, Ledger(host, service).owner, command, patient=True):
            return revert(host, service, options.release)
    if command in ("restart", "mend"):
        owner = Ledger(host, service).owner
        with at_work(host, service, owner, command):
            return {"restart": restart, "mend": mend}[command](host, service)
    if command == "remove":
        with at_work(host, service, options.owner, command):
            return remove(host, service, options.owner, options.purge)
    secrets = parse_secrets(stdin())
    if command == "confirm":
        with at_work(host, service, options.owner, f"confirm {options.release}"):
            order = Order(options.owner, secrets, client=options.ssh_client)
            return confirm(host, service, options.release, order)
    if command == "check" or options.bundle:
        bundle = Bundle(host, normpath(join(os.getcwd(), options.bundle)), options.sha256)  # noqa: PTH109
    else:
        bundle = Bundle.on_disk(host, service, options.release)
    if options.signed_by:
        demand(host, bundle, options.signed_by)
    if command == "check":
        with at_work(host, bundle.release.service, options.owner, f"check {bundle.release.id}"):
            order = Order(options.owner, secrets, options.install_packages, client=options.ssh_client)
            return check(host, bundle, order)
    wanted = (options.install_packages, options.confirm_within, options.deployer)
    order = Order(options.owner, secrets, *wanted, client=options.ssh_client)
    with at_work(host, bundle.release.service, options.owner, f"apply {bundle.release.id}"):
        return apply(host, bundle, order)


@contextlib.contextmanager
def at_work(host: Host, service: str, owner: str, what: str, patient: bool = False) -> Iterator[None]:
    """One run at a time; whoever else is at work is waited for, then named."""
    directory, (own, others) = f"{STATE}/{service}", PATIENCE
    host.directory(directory, 0o700)
    note = {"pid": os.getpid(), "owner": owner, "what": what, "since": host.now()}

    def patience(holder: dict[str, Any]) -> float:
        return own if patient or holder.get("owner") == owner else others

    with held(host, f"{directory}/lock", note, patience):
        yield


def listen_to_signals(host: Host) -> None:
    """A cut connection stops nothing; SIGTERM and Ctrl-C put back what was there."""
    for number in (signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)

    def stop(number: int, _: object) -> None:
        if host.interruptible:
            host.interruptible = False
            raise Interrupted(f"stopped by {signal.Signals(number).name}")
        host.say(f"{signal.Signals(number).name} comes too late: finishing what was begun")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
