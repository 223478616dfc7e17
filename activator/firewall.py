"""The machine's own packet filter: one table of nftables for all that Slipway has on it, which cannot lock out who deploys.

The table that was confirmed over a new connection is the only one that a boot loads. One that changes who may log in is loaded
beside it with a timer, which goes back to the confirmed one, as does a boot.
"""

from __future__ import annotations

from activator.failure import Failed, Refused
from activator.firewall_table import TABLE, closes, logins, text
from activator.host import Host
from activator.ledger import Live
from activator.manifest import STATE, Release
from activator.systemd import look, set_enabled, systemctl, tail

CONFIRMED, WAITING = "/etc/slipway/firewall.nft", "/run/slipway-firewall.unconfirmed.nft"
UNIT, BACK = "slipway-firewall.service", "slipway-firewall-back"
UNIT_PATH, SHOWN = f"/etc/systemd/system/{UNIT}", "/run/slipway-firewall.shown"
TABLES = (CONFIRMED, WAITING)
"""What a way back needs copies of: all else follows from them."""
PATHS = (*TABLES, UNIT_PATH)
PATIENCE = 120
"""Seconds for a new connection, where a release has no time of its own to be confirmed in."""
LIST = ("nft", "--stateless", "list", "table", "inet", "slipway")
BACK_TO_IT = f"rm -f {WAITING}; {' '.join(LIST)} >{SHOWN}"
"""After the confirmed table is loaded, by whomever: none waits any more."""
UNIT_TEXT = f"""\
# What this machine lets in. Written by slipway; changes by hand are put right.
[Unit]
Description=Slipway's packet filter
DefaultDependencies=no
Before=network-pre.target shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target
# Debian's own unit empties the kernel of everybody's tables when it is started, stopped or reloaded.
After=nftables.service
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft --file {CONFIRMED}
ExecStartPost=/bin/sh -c "{BACK_TO_IT}"
ExecReload=/usr/sbin/nft --file {CONFIRMED}
ExecReload=/bin/sh -c "{BACK_TO_IT}"

[Install]
WantedBy=sysinit.target
"""


def check(host: Host, own: Live, client: str) -> None:
    """Refuses, before anything is changed, a table that nftables would not take or that closes the way that we came."""
    _check(host, own, text(host, own, own.release.service), client)


def _check(host: Host, own: Live, wanted: str | None, client: str) -> None:
    if wanted is None or (wanted == _read(host, CONFIRMED) and _holds(host, wanted)):
        return
    if client:
        _check_way_in(host, own.release, client)
    aside = f"{STATE}/{own.release.service}/firewall.nft"
    host.write(aside, wanted.encode(), 0o600)
    done = host.run("nft", "--check", "--file", host.root + aside)
    host.remove(aside)
    if done.code:
        raise Refused(f"the firewall is refused by nftables: {tail(done.text, 5)}")


def _check_way_in(host: Host, release: Release, client: str) -> None:
    if not release.manifest.get("firewall"):
        return
    from ipaddress import ip_address, ip_network

    address, port = ip_address(client.split()[0]), int(client.split()[-1])
    mapped = getattr(address, "ipv4_mapped", None)
    logins = release.manifest["firewall"]["logins"]
    if not any((mapped or address) in ip_network(each) for login in logins for each in login["from"]):
        raise Refused(
            f"the firewall would lock out {address}, from where this machine sees you come: add it to `firewall.operators`"
        )
    if port not in {login["port"] for login in logins}:
        ports = ", ".join(str(login["port"]) for login in logins)
        raise Refused(
            f"the firewall would open {ports} for SSH, but this connection came in at {port}: let its sshd listen on the "
            "port that the stack file names"
        )


def pending(host: Host, own: Live | None, service: str) -> bool:
    """Whether there is anything to do: the table differs from what it shall be, on disk or in the kernel."""
    return any(host.entry(path) for path in PATHS) or text(host, own, service) is not None


def in_place(host: Host, own: Live) -> bool:
    """Whether the kernel and the next boot have what they shall have."""
    return _holds(host, text(host, own, own.release.service))


def unconfirmed(host: Host, own: Live) -> bool:
    """Whether who may log in waits for a new connection, or went back because none came: `up` alone brings one."""
    wanted = text(host, own, own.release.service)
    return wanted is not None and logins(wanted) != logins(_read(host, CONFIRMED) or "")


def _holds(host: Host, wanted: str | None) -> bool:
    if wanted is None:
        return not host.entry(UNIT_PATH)
    waiting, confirmed = _read(host, WAITING), _read(host, CONFIRMED)
    shown = host.run(*LIST)
    loaded = not shown.code and shown.text.encode() == (host.read(SHOWN) or b"").strip()
    return loaded and (waiting or confirmed) == wanted and (confirmed is None or _boots(host))


def _boots(host: Host) -> bool:
    """Whether the next boot, and whoever restarts nftables, loads the confirmed table."""
    as_written = host.read(UNIT_PATH) == UNIT_TEXT.encode()
    return as_written and host.enabled(UNIT) and look(host, UNIT).active


def change(host: Host, own: Live, seconds: float | None) -> str | None:
    """Loads the table as it shall be; with the timer, where it changes who may log in."""
    wanted, confirmed = text(host, own, own.release.service), _read(host, CONFIRMED)
    if wanted and wanted == confirmed and _holds(host, wanted):
        found = closes(host, wanted)
        return f"firewall as it was{found}" if found else None
    if wanted is None:
        take_off(host)
        return "no firewall any more" if confirmed else None
    if wanted == confirmed or logins(wanted) == logins(confirmed or ""):
        keep(host, wanted)
        return "firewall put right" if wanted == confirmed else f"firewall changed{closes(host, wanted)}"
    within = seconds or PATIENCE
    arm(host, within)
    host.write(WAITING, wanted.encode(), 0o644)
    load(host, WAITING)
    return f"firewall on; goes back by itself unless a new connection comes within {within:g} s{closes(host, wanted)}"


def without(host: Host, service: str) -> None:
    """When a service goes; what is left for others closes at once, and nobody who could log in for them is shut out."""
    if not pending(host, None, service):
        return
    wanted = text(host, None, service)
    if wanted is None:
        take_off(host)
    else:
        keep(host, wanted)


def confirm(host: Host, live: Live, client: str) -> None:
    """A new connection has come. A table that went back meanwhile is loaded again, if it lets this connection in."""
    wanted = text(host, live, live.release.service)
    if wanted is None:
        return
    if _read(host, WAITING) is None:
        _check(host, live, wanted, client)
    keep(host, wanted)


def keep(host: Host, wanted: str) -> None:
    """For good: in the kernel, and for the next boot."""
    if _read(host, CONFIRMED) != wanted:
        host.write(CONFIRMED, wanted.encode(), 0o644)
    waited = host.entry(WAITING)
    load_at_boot(host)
    if waited:
        host.remove(WAITING)
        disarm(host)


def load_at_boot(host: Host) -> None:
    """The confirmed table, now and then."""
    if host.read(UNIT_PATH) != UNIT_TEXT.encode():
        host.write(UNIT_PATH, UNIT_TEXT.encode())
        systemctl(host, "daemon-reload")
    load(host, CONFIRMED)
    systemctl(host, "start", UNIT)
    set_enabled(host, UNIT, True)


def load(host: Host, path: str) -> None:
    done = host.run("nft", "--file", host.root + path)
    if done.code:
        raise Failed(f"nftables does not take {path}: {tail(done.text, 5)}")
    host.write(SHOWN, host.run(*LIST).text.encode() + b"\n")


def restored(host: Host) -> None:
    """After the tables of before are back: the kernel and the next boot get what they say."""
    waiting = host.read(WAITING)
    if waiting is None and not host.entry(CONFIRMED):
        take_off(host)
        return
    disarm(host)
    if host.entry(CONFIRMED):
        load_at_boot(host)
    if waiting is not None:
        arm(host, PATIENCE)
        host.write(WAITING, waiting, 0o644)  # starting the unit took it away
        load(host, WAITING)


def take_off(host: Host) -> None:
    """Everything is open, as it was without Slipway."""
    if not any(host.entry(path) for path in (*PATHS, SHOWN)):
        return
    disarm(host)
    host.run("nft", "delete", "table", "inet", "slipway")
    if host.entry(UNIT_PATH):
        host.run("systemctl", "stop", UNIT)
        set_enabled(host, UNIT, False)
    for path in (*PATHS, SHOWN):
        host.remove(path)


def arm(host: Host, seconds: float) -> None:
    """Without the activator: a shell and nft are there whatever becomes of a release.

    The confirmed table takes the other's place in one step, so that nothing is open between the two.
    """
    disarm(host)
    back = f"[ -e {CONFIRMED} ] && nft --file {CONFIRMED} || nft delete table {TABLE}; {BACK_TO_IT}"
    after = (f"--on-active={seconds:g}s", "--timer-property=AccuracySec=100ms", "--collect", "--quiet")
    done = host.run("systemd-run", *after, f"--unit={BACK}", "/bin/sh", "-c", back)
    if done.code:
        raise Failed(f"could not arm the timer {BACK}: {tail(done.text, 3)}")


def disarm(host: Host) -> None:
    host.run("systemctl", "stop", f"{BACK}.timer", f"{BACK}.service")


def _read(host: Host, path: str) -> str | None:
    data = host.read(path)
    return None if data is None else data.decode()
