"""A site of nginx among the others: the package's own, which makes way, and whether all of them go together."""

from __future__ import annotations

import hashlib
import io
import re
from fnmatch import fnmatchcase
from posixpath import basename, dirname, join

from activator.failure import Refused
from activator.host import Host
from activator.manifest import Release
from activator.neighbours import whose
from activator.systemd import tail

CONFIG = "/etc/nginx/nginx.conf"
ASIDE = "/etc/nginx/.slipway-check.conf"  # there, because what it includes may be named relative to it


def displaced(host: Host, release: Release) -> list[str]:
    """The package's sites that make way, unless somebody has made them their own."""
    return [path for path, source in release.displaces.items() if makes_way(host, path, source)]


def makes_way(host: Host, path: str, source: str) -> bool:
    entry = host.entry(path)
    if entry is None:
        return True
    return entry.link == source and as_packaged(host, source)


def as_packaged(host: Host, path: str) -> bool:
    """Whether a configuration file is as dpkg unpacked it; where there is no dpkg, nobody knows."""
    owner = host.run("dpkg-query", "--search", path)
    package = owner.text.split(":")[0]
    if owner.code:
        return False
    shown = host.run("dpkg-query", "--show", "--showformat=${Conffiles}", package).text
    found = re.search(rf"^ ?{re.escape(path)} ([0-9a-f]{{32}})", shown, re.M)
    data = host.read(path) or b""
    return bool(found) and found.group(1) == hashlib.new("md5", data, usedforsecurity=False).hexdigest()


def check(host: Host, release: Release, target: str, staged: str) -> None:
    """Asks nginx about its whole configuration with `staged` in place of `target`, before anything is changed."""
    text = (host.read(CONFIG) or b"").decode()
    if text:
        gone, shown = {target, *displaced(host, release)}, CONFIG
        text, taken_in = assembled(host, text, target, host.root + staged, gone)
        if not taken_in:
            raise Refused(
                f"{CONFIG} includes no {target}: let it include {dirname(target)}/*.conf within http"
            )
        aside = ASIDE
    else:
        text, shown, aside = (
            f"events {{}}\nhttp {{ include {host.root}{staged}; }}\n",
            target,
            staged + ".whole",
        )
    try:
        host.store(aside, io.BytesIO(text.encode()), 0o600)
        done = host.run("nginx", "-t", "-c", host.root + aside)
    finally:
        host.remove(aside)
    said = done.text.replace(host.root + staged, target).replace(host.root + aside, shown)
    if done.code:
        raise Refused(f"{target} is refused by nginx:\n{tail(said, 10)}{hint(host, release, said)}")
    twice = re.search(r'conflicting server name "([^"]+)"', said)
    if twice:
        others = [
            path
            for path in host.names(dirname(target))
            if twice.group(1).encode() in site(host, target, path)
        ]
        named = " and ".join(f"{dirname(target)}/{path}" for path in others) or "another site"
        raise Refused(
            f"{named} has the name {twice.group(1)} already{hint(host, release, named)}: choose another in `edge.names`"
        )


def site(host: Host, target: str, name: str) -> bytes:
    """The text of another site beside ours."""
    path = f"{dirname(target)}/{name}"
    return b"" if path == target else host.read(path) or b""


def assembled(host: Host, text: str, target: str, staged: str, gone: set[str]) -> tuple[str, bool]:
    """nginx.conf, with each of its includes that is changed by the release written out; True when ours is among them."""
    taken_in = False

    def include(found: re.Match[str]) -> str:
        nonlocal taken_in
        before, pattern = found.group(1), join("/etc/nginx", found.group(2).strip("\"'"))
        if not any(dirname(path) == dirname(pattern) and fnmatchcase(path, pattern) for path in gone):
            return f"{before}include {pattern};"
        names = [
            name
            for name in host.names(dirname(pattern))
            if not name.startswith(".") and fnmatchcase(name, basename(pattern))
        ]
        paths = [join(dirname(pattern), name) for name in names]
        paths = [host.root + path for path in paths if path not in gone]
        if fnmatchcase(target, pattern):  # first, so that what clashes with it is named, not ours
            taken_in, paths = True, [staged, *paths]
        return before + " ".join(f"include {path};" for path in paths)

    text = re.sub(r"^([ \t]*)include\s+([^;]+);", include, text, flags=re.M)
    return text, taken_in


def hint(host: Host, release: Release, said: str) -> str:
    """Who has what nginx speaks of, and what can be done."""
    # The port of a monitor is listed behind those of HTTP and HTTPS, and knows no names.
    listed = (release.manifest.get("listens") or [])[2 if release.manifest.get("certificate") else 1 :]
    taken = re.search(r"duplicate default server for \S+:(\d+)", said)
    of_monitor = bool(taken) and int(taken[1]) in listed
    for path in re.findall(r"(/etc/nginx/[^\s:]+)", said):
        other = whose(host, path, release.service)
        if other:
            do = (
                "another `monitor.metrics` to one of both"
                if of_monitor
                else "both `edge.names`, or another `edge.listen`"
            )
            return f"\n{path} belongs to {other}, which Slipway installed: give {do}"
    if of_monitor:
        return "\ntake that `default_server` away, or give another `monitor.metrics`"
    if "duplicate default server" in said:
        return "\ntake that `default_server` away, or give the edge another `listen`, or `names`"
    return ""
