"""The command `remove`: a service goes from the host, unless it belongs to somebody else by now."""

from __future__ import annotations

from activator.failure import DONE
from activator.host import Host
from activator.ledger import Ledger
from activator.recovery import recover
from activator.removal import take_off


def remove(host: Host, service: str, owner: str, purge: bool) -> int:
    """Exit code 0 also when it is another's, or is not there."""
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
