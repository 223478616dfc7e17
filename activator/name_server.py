"""PowerDNS with a zone of ours: whether it would take it, and whether it has it."""

from __future__ import annotations

from posixpath import dirname

from activator.failure import Failed, Refused
from activator.host import Host
from activator.manifest import Release
from activator.systemd import tail


def check(host: Host, target: str, staged: str, moved: dict[str, str]) -> None:
    """Asks PowerDNS about its settings, and about the zone that they lead to, before anything is changed."""
    where = f"--config-dir={host.root}{dirname(staged)}"
    for command in (
        ("pdns_server", where, "--config=check"),
        ("pdnsutil", where, "check-all-zones", "exit-on-error"),
    ):
        done = host.run(*command)
        if done.code:
            said = tail(done.text, 10)
            for old, new in moved.items():
                said = said.replace(host.root + new, old)
            raise Refused(f"{target} is refused by {command[0]}:\n{said}")


def serves(host: Host, release: Release) -> None:
    """That a name server runs does not say that it has the zone."""
    zone = release.manifest.get("zone")
    if not zone:
        return
    where = f"--config-dir={dirname(zone['config'])}"
    said = host.run("pdns_control", where, "bind-domain-status", zone["name"]).text
    if "parsed into memory" not in said:
        raise Failed(f"PowerDNS does not serve {zone['name']}: {tail(said, 3)}")
