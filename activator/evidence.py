"""One screen for whoever has to find out why a release failed."""

from __future__ import annotations

from activator.redaction import redact
from activator.systemd import look, tail
from activator.transaction import Transaction


def evidence(transaction: Transaction, step: str, why: str, secrets: list[tuple[str, str]]) -> str:
    """No secret of the service's is in it, even if the service logged it."""
    host, release, slot = transaction.host, transaction.release, transaction.slot
    text = f"FAILED {release.service} {release.id} on {host.name()} at step {step}: {why}"
    if slot:
        unit = release.unit(slot)
        # Not what the slot printed in an earlier release: its secrets of that time are known to nobody any more.
        since = transaction.begin["time"].replace("T", " ").replace("Z", " UTC")
        how = ("--lines=20", "--no-pager", "--output=short-iso", f"--since={since}")
        lines = host.run("journalctl", "--unit", unit, *how).text
        text += f"\n{unit} is {look(host, unit).state}; the last lines of its journal:\n{indent(redact(lines, secrets))}"
        text += f"\nlistening:\n{indent(redact(host.run('ss', '-Hltnp').text, secrets))}"
    return text


def outcome(transaction: Transaction, wrong: list[str]) -> str:
    """What was put back, what was not, and what to do next."""
    live, release = transaction.ledger.live, transaction.release
    back = "nothing was live before; its files and units are gone again"
    if live:
        back = f"release {live.release.id}{' in slot ' + live.slot if live.slot else ''} is back as it was"
    if wrong:
        back = "NOT all could be put back:" + "".join(f"\n  but: {line}" for line in wrong)
    kept = f"{release.app}/failed/{release.id}"
    seen = f"\nkept for a look: {kept}" if transaction.host.entry(kept) else ""
    return f"put back: {back}{seen}\nnext: mend the cause above and deploy again"


def indent(text: str) -> str:
    return "\n".join(f"  {line[:300]}" for line in tail(text, 20).splitlines()) or "  (none)"
