"""The files of a release as they shall be on the host, and whether they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from activator import placeholder, secret_files
from activator.disk import Entry
from activator.environment import carried, environment_file
from activator.host import Host
from activator.manifest import Release
from activator.site import displaced

IPV6 = b"@ipv6@"  # begins a line that is left out on a machine without IPv6


@dataclass(frozen=True)
class File:
    """A file as it shall be on the host; data None means that it shall not be there."""

    path: str
    data: bytes | None
    mode: int
    owner: str
    group: str
    check: str | None = None

    def in_place(self, host: Host) -> bool:
        entry = host.entry(self.path)
        if self.data is None or entry is None:
            return self.data is None and entry is None
        wanted = Entry(self.mode, self.owner, self.group, None)
        return entry == wanted and host.read(self.path) == self.data

    def put(self, host: Host) -> bool:
        """Makes it so; True when it was not."""
        if self.in_place(host):
            return False
        if self.data is None:
            host.remove(self.path)
        else:
            host.write(self.path, self.data, self.mode, self.owner, self.group)
        return True


def shared(
    host: Host, release: Release, tree: str, live: str | None, also: tuple[int, ...] = ()
) -> list[File]:
    """The files that both slots share; in the proxy's configuration `live` is the slot with requests.

    `also` are ports that the proxy listens on besides its own.
    """
    wanted = [_render(host, release, tree, file, file["target"], live, also) for file in release.files(False)]
    return wanted + [File(path, None, 0, "", "") for path in displaced(host, release)]


def of_jobs(host: Host, release: Release, tree: str, live: str | None) -> list[File]:
    """Timers and what they start, which is the program in the slot `live`."""
    made = [_render(host, release, tree, file, file["target"], live) for file in release.job_files()]
    return [replace(file, data=(file.data or b"").replace(b"@live@", (live or "").encode())) for file in made]


def of_slot(host: Host, release: Release, tree: str, slot: str, secrets: dict[str, str] | None) -> list[File]:
    """The files of one slot alone: nobody in the other is touched by them. Secrets None: those it has."""
    settings, values = (
        placeholder.variables(release, slot, host.memory()),
        placeholder.placeholders(release, slot),
    )
    for name, value in (release.manifest.get("slotEnvironment") or {}).items():
        settings[name] = placeholder.filled(value, values)
    shown = carried(secret_files.in_environment(release, secrets or {}))
    hidden = environment_file(shown) if shown else None
    if secrets is None:
        hidden = host.read(f"{release.conf}/{slot}.secrets")
    own = [
        _render(host, release, tree, file, file["target"].replace("{slot}", slot), None, values=values)
        for file in release.files(True)
    ]
    own += [
        File(path, data, 0o600, "root", "root")
        for path, data in secret_files.contents(host, release, slot, secrets).items()
    ]
    return [
        *own,
        File(f"{release.conf}/{slot}.env", environment_file(settings), 0o640, "root", release.user),
        File(f"{release.conf}/{slot}.secrets", hidden, 0o600, "root", "root"),
    ]


def drop_empty(host: Host, release: Release) -> None:
    """The directories of the user's files and of secrets, where nothing is in them any more."""
    for slot in release.slots:
        secrets = {f"{release.conf}/{slot}.secrets.d"}
        for path in sorted(release.own_directories(slot) | secrets, reverse=True):
            if host.entry(path) and not host.names(path):
                host.remove(path)


def _render(
    host: Host,
    release: Release,
    tree: str,
    file: dict[str, Any],
    path: str,
    live: str | None,
    also: tuple[int, ...] = (),
    values: dict[str, str] | None = None,
) -> File:
    data = host.read(f"{tree}/{file['member']}")
    assert data is not None, f"{tree}/{file['member']} was verified"
    if host.entry("/proc/net/if_inet6"):
        data = data.replace(IPV6 + b" ", b"")
    else:  # a program that is told to listen there would not start
        data = re.sub(rb"^.*%s.*\n" % IPV6, b"", data, flags=re.M)
    if release.proxy and path == release.proxy["config"]:
        for slot in release.slots:
            data = data.replace(f"@{slot}@".encode(), b"" if slot == live else b"disabled")
        for port in also:
            line = rb"^( *bind \S*:)%d( .*)?$" % release.proxy["port"]
            data = re.sub(line, rb"\g<0>\n\g<1>%d\2" % port, data, flags=re.M)
    if values and file.get("template"):
        data = placeholder.filled(data.decode("latin-1"), values).encode("latin-1")
    return File(path, data, int(file["mode"], 8), file["owner"], file["group"], file.get("check"))
