"""The command line: words in, one run under the service's lock, an exit code out."""

from __future__ import annotations

import argparse
import os
import signal
from posixpath import join, normpath
from typing import Callable

from activator.apply import apply
from activator.bundle import Bundle
from activator.environment import parse_secrets
from activator.failure import BROKEN, DONE, REFUSED, Failed, Interrupted, Refused
from activator.host import Host
from activator.ledger import Ledger
from activator.lock import held
from activator.manifest import STATE, service_name
from activator.recovery import recover
from activator.remove import take_off
from activator.status import status

PATIENCE = 600, 5
"""Seconds to wait for a run of the same owner (cut off from whoever deployed, it ends by itself), and for another's."""


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="activator.pyz",
        description="Turns a release on, on the host that this runs on, or puts the old one back.",
        epilog="exit codes: 0 done or already so; 1 refused, nothing was changed; 2 wrong usage; "
        "3 failed, what was there is back; 4 failed, and not all could be put back",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    on = commands.add_parser("apply", help="turn a release on; secrets as one JSON object on stdin")
    on.add_argument("--bundle", required=True, help="path of the uploaded bundle, SERVICE-RELEASE.tar.gz")
    on.add_argument("--sha256", required=True, help="the bundle's digest, in hex")
    on.add_argument("--owner", required=True, help="who deploys; only the last one may remove the service")
    on.add_argument("--install-packages", action="store_true", help="install what the host lacks")
    off = commands.add_parser("remove", help="take a service off this host")
    off.add_argument("--service", required=True)
    off.add_argument("--owner", required=True)
    off.add_argument("--purge", action="store_true", help="its data, logs, user and history too")
    commands.add_parser("status", help="one JSON line").add_argument("--service", required=True)
    return parser


def main(words: list[str], host: Host, stdin: Callable[[], bytes]) -> int:
    options = arguments().parse_args(words)
    try:
        if not host.is_root():
            raise Refused("this needs root: run it with `sudo -n python3 activator.pyz ...`")
        if options.command == "status":
            return status(host, service_name(options.service))
        if options.command == "apply":
            secrets = parse_secrets(stdin())
            bundle = Bundle(host, normpath(join(os.getcwd(), options.bundle)), options.sha256)  # noqa: PTH109
            return locked(
                host,
                bundle.release.service,
                options.owner,
                f"apply {bundle.release.id}",
                lambda: apply(host, bundle, options.owner, options.install_packages, secrets),
            )
        service = service_name(options.service)
        purge = options.purge
        return locked(
            host, service, options.owner, "remove", lambda: remove(host, service, options.owner, purge)
        )
    except (Refused, Interrupted) as reason:
        host.say(f"refused on {host.name()}, nothing was changed: {reason}")
        return REFUSED
    except (Failed, OSError) as failure:
        host.say(f"failed on {host.name()}: {failure}\nnext: mend that and run again; it goes on from there")
        return BROKEN


def locked(host: Host, service: str, owner: str, what: str, do: Callable[[], int]) -> int:
    """One run at a time; whoever else is at work is waited for, then named."""
    directory, (own, others) = f"{STATE}/{service}", PATIENCE
    host.directory(directory, 0o700)
    note = {"pid": os.getpid(), "owner": owner, "what": what, "since": host.now()}
    with held(
        host, f"{directory}/lock", note, lambda holder: own if holder.get("owner") == owner else others
    ):
        return do()


def remove(host: Host, service: str, owner: str, purge: bool) -> int:
    ledger = Ledger(host, service)
    line = {"service": service, "changed": False, "owner": ledger.owner or None, "host": host.name()}
    if ledger.owner and ledger.owner != owner:
        host.say(f"{service} on {host.name()} belongs to {ledger.owner}, not to {owner}: it stays")
        host.answer(line)
        return DONE
    host.interruptible = False
    recover(host, ledger)
    changed = ledger.live is not None
    if changed or purge:
        ledger.add("begin", what="remove", purge=purge)
        take_off(host, ledger, purge)
    if purge:
        host.remove(ledger.directory)
    elif host.entry(f"/opt/{service}/data"):
        kept = f"/opt/{service}/data and /opt/{service}/logs"
        host.say(f"{service} is off {host.name()}; its data stays in {kept}")
    host.answer({**line, "changed": changed, "owner": None})
    return DONE


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
