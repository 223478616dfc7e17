"""PowerDNS with a zone of ours: whether it would take it, whether what is new in it is well, and whether it has it."""

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


def asks(host: Host, unit: str, release: Release, before: Release | None) -> None:
    """Before PowerDNS answers with an address that it did not answer with: whether this host's checks find it well.

    HAProxy takes a server for well until its first check is over, and one that is ill for ill from then on until it is well
    several times. Of a host's first zone nothing is asked: nobody was served by it, and a region may be lost that day.
    """
    zone = release.manifest.get("zone") or {}
    known = ((before.manifest.get("zone") if before else None) or {}).get("answers")
    new = [each for each in zone.get("answers", ()) if known is not None and each not in known]
    if unit != zone.get("unit") or not new:
        return
    host.sleep(zone["checkedWithin"])
    end = host.clock() + zone["wellWithin"]
    for address in new:
        while host.get(zone["checks"], f"/{address}", 5)[0] != 200:
            if host.clock() > end:
                raise Failed(
                    f"{address} is new behind {zone['name']}, and not well as this host sees it, so nobody is sent there: mend "
                    "it or what is between, or set `drained: true` on its region until it is well"
                )
            host.sleep(0.5)


def serves(host: Host, release: Release) -> None:
    """That a name server runs does not say that it has the zone."""
    zone = release.manifest.get("zone")
    if not zone:
        return
    where = f"--config-dir={dirname(zone['config'])}"
    said = host.run("pdns_control", where, "bind-domain-status", zone["name"]).text
    if "parsed into memory" not in said:
        raise Failed(f"PowerDNS does not serve {zone['name']}: {tail(said, 3)}")
