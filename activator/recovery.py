"""What an earlier run did not end is ended before anything else is done."""

from __future__ import annotations

from activator.back import put_back
from activator.finish import finish
from activator.host import Host
from activator.ledger import Ledger
from activator.removal import take_off
from activator.transaction import Transaction


def recover(host: Host, ledger: Ledger, upload: str = "") -> None:
    """Completes it or puts it back; `upload` is wanted next and not pruned."""
    begin = ledger.unfinished
    if begin is None:
        return
    cut = f"an earlier run was cut off in {begin['what']} after: {', '.join(ledger.begun) or 'nothing'}"
    host.say(cut)
    if begin["what"] == "remove":
        take_off(host, ledger, begin["purge"])
    elif ledger.committed:
        finish(Transaction(host, ledger, begin, ledger.displaced), upload)
        host.say(f"release {begin['manifest']['release']} had gone live; what was left to do is done")
    else:
        wrong = put_back(Transaction(host, ledger, begin, ledger.live), cut)
        but = "".join(f"\n  but: {line}" for line in wrong)
        host.say(f"release {begin['manifest']['release']} had not gone live; what was there is back{but}")
