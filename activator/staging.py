"""Everything that is asked of a release before anything is changed: machine, slot, ports, space, packages, files."""

from __future__ import annotations

import io
from posixpath import basename

from activator import certificate, cpu, files, name_server, packages, ports, site
from activator.bundle import Bundle
from activator.failure import Refused
from activator.files import File
from activator.host import Host
from activator.ledger import Ledger, Live
from activator.manifest import STATE, Release
from activator.systemd import tail

RESERVE = 16 << 20  # bytes that a release leaves free on each file system it writes to
CHECKS = {
    "systemd": ("systemd-analyze", "verify", "--man=no"),
    "haproxy": ("haproxy", "-c", "-q", "-f"),
    "prometheus": ("promtool", "check", "config"),
    "rules": ("promtool", "check", "rules"),
    "alertmanager": ("amtool", "check-config"),
    "blackbox": ("prometheus-blackbox-exporter", "--config.check", "--config.file"),
}


def stage(
    host: Host,
    bundle: Bundle,
    slot: str | None,
    install: bool,
    secrets: dict[str, str] | None,
    also: tuple[int, ...] = (),
) -> bool:
    """Unpacks beside what is live and checks that. True when the release has to be moved into its place."""
    release, staged, tree = bundle.release, f"{bundle.release.app}/releases/.staged", bundle.release.tree
    cpu.check(host, release)
    certificate.check(host, release)
    ports.check(host, release, slot)
    put_away(host, staged)
    packages.provide(host, release, install)
    if not release.intact(host, tree):
        if not bundle.present:
            raise Refused(
                f"{tree} was changed by hand and there is no {bundle.path} to mend it from: upload it"
            )
        check_space(host, release)
        bundle.unpack(staged)
        tree = staged
    wanted = files.shared(host, release, tree, slot, also)
    if slot:
        wanted += files.of_slot(host, release, tree, slot, secrets) + files.of_jobs(host, release, tree, slot)
    check_files(host, release, wanted, tree)
    return tree == staged


def clean_up(host: Host, release: Release) -> None:
    """After a refusal: as if nothing had been asked."""
    put_away(host, f"{release.app}/releases/.staged")
    put_away(host, aside(release))
    for path in (f"{release.app}/releases", release.app, release.home):
        if host.entry(path) and not host.names(path):
            host.remove(path)


def put_away(host: Host, path: str) -> None:
    """Even to remove what is not there fails in a read-only directory."""
    if host.entry(path):
        host.remove(path)


def check_name(host: Host, release: Release, owner: str) -> None:
    """The same part of a stack under another name is a service that was renamed: it would go on under the old one."""
    for name in host.names(STATE):
        if name == release.service or host.read(f"{STATE}/{name}/owner") != owner.encode():
            continue
        live = Ledger(host, name).live
        if live and bool(live.release.slots) == bool(release.slots):
            raise Refused(
                f"{owner} runs here as {name}, and a service cannot change its name where it runs: call it {name} again, or "
                f"`make destroy` it under that name first (its data stays in /opt/{name}), or give {release.service} "
                "a stack and ports of its own and destroy the old one when nobody uses it any more"
            )


def check_account(host: Host, release: Release, live: Live | None) -> None:
    """A service that is new here makes its account, or has it from before; one with another home is somebody else's."""
    if live or not release.user:
        return
    home, own = host.home_of(release.user), f"{release.home}/data"
    if home is not None and home != own:
        raise Refused(
            f"the account {release.user} is there already and is somebody else's, for its home is {home} and not {own}: a "
            "service that runs as it could read and change what belongs to that; give the service another name"
        )


def choose_slot(release: Release, live: Live | None, rolls: bool) -> str | None:
    """The slot to release into: the idle one, or the live one for what is put right in place."""
    if not release.slots:
        return None
    if live and live.slot and live.release.slots != release.slots:
        if None in (*live.release.slots.values(), *release.slots.values()):
            raise Refused(
                f"{release.service} cannot become {'a service' if release.proxy else 'a worker'} where it is live: "
                "remove it first, or give the other kind a name and a stack of its own"
            )
        raise Refused(
            f"the slots' ports are {live.release.slots} while {release.service} is live, the release wants "
            f"{release.slots}: keep the ports, or remove the service first"
        )
    if live and live.slot and not rolls:
        return live.slot
    return next(slot for slot in release.slots if live is None or slot != live.slot)


def check_space(host: Host, release: Release) -> None:
    size = release.binary["size"] if release.binary else 0
    for path, needed in ((release.app, size + RESERVE), (STATE, RESERVE)):
        free = host.free(path)
        if free < needed:
            raise Refused(
                f"{path} needs {needed >> 20} MiB free and has {free >> 20}: free some, or lower `keep`"
            )


def aside(release: Release) -> str:
    return f"{STATE}/{release.service}/aside"


def check_files(host: Host, release: Release, wanted: list[File], tree: str) -> None:
    """Asks systemd, HAProxy and nginx about the new files before any of them is in place."""
    host.remove(aside(release))
    moved = {
        file.path: f"{aside(release)}/{number}/{basename(file.path)}" for number, file in enumerate(wanted)
    }
    asked: dict[str, list[str]] = {}
    for file in wanted:
        if file.data is None or (file.check is None and file.mode & 0o077 == 0):
            continue  # a secret is nobody's to check
        text, path = file.data, moved[file.path]
        for old, new in sorted(moved.items(), reverse=True):  # files name each other: they find the new ones
            text = text.replace(old.encode(), (host.root + new).encode())
        if file.check == "systemd":  # it looks whether the program is there
            for name in ("%i", *release.slots):
                text = text.replace(f"{release.app}/{name}/".encode(), f"{host.root}{tree}/".encode())
        if file.check == "nginx":
            text = certificate.stand_in(host, release, aside(release), text)
            host.store(path, io.BytesIO(text), 0o600)
            plain = certificate.acme(release).get("plain") == file.path
            site.check(host, release, certificate.acme(release)["site"] if plain else file.path, path)
            continue
        host.store(path, io.BytesIO(text), 0o600)
        if file.check == "pdns":
            name_server.check(host, file.path, path, moved)
        elif file.check:
            asked.setdefault(file.check, []).append(path)
    for check, paths in asked.items():
        for group in [paths] if check == "systemd" else [[path] for path in paths]:
            done = host.run(*CHECKS[check], *(host.root + path for path in group))
            if done.code:
                said = tail(done.text, 10)
                for old, new in moved.items():
                    said = said.replace(host.root + new, old)
                names = " or ".join(old for old, new in moved.items() if new in group)
                raise Refused(f"{names} is refused by {CHECKS[check][0]}:\n{said}")
    host.remove(aside(release))
