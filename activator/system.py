"""Who may read the journal and the configuration beside root; and what is told of the system and put right by nobody here."""

from __future__ import annotations

from activator.failure import Failed, Refused
from activator.host import Host
from activator.manifest import Release
from activator.neighbours import neighbours
from activator.systemd import tail

JOURNAL = "/var/log/journal"
REBOOT = "/run/reboot-required"
"""Touched by packages whose update begins with a boot: kernels of Debian with unattended-upgrades, and more of Ubuntu."""
OPEN = {"permitrootlogin": "no", "passwordauthentication": "no", "kbdinteractiveauthentication": "no"}
"""What sshd should say of itself, by its own words."""


def readers(release: Release | None) -> str | None:
    """The group that may read."""
    return (release.manifest.get("system") or {}).get("operators") if release else None


def check(host: Host, release: Release) -> None:
    """Before anything changes, on the way forward alone."""
    group = readers(release)
    if group and host.run("getent", "group", group).code:
        raise Refused(
            f"the group {group} is not on {host.name()}, which `system.operators` names: make it there (`groupadd {group}`) and "
            "put into it who may read"
        )


def own(host: Host, release: Release) -> list[str]:
    """The service's directories whose readers are its own group."""
    return [path for path in (release.conf, f"{release.home}/logs") if host.entry(path)]


def follow(host: Host, release: Release, before: Release | None) -> None:
    """Lets the group of `release` read, and that of `before` no more. What root alone may read, nobody else gets to read.

    Directories alone are changed, before files are put there: what is written into one takes its default, and its own mode is the
    most that a reader gets (acl(5), the mask).
    """
    if (old := readers(before)) and before and old != readers(release):
        take_off(host, before)
    if not (group := readers(release)):
        return
    entry = f"g:{group}:rx,d:g:{group}:rx"
    if paths := own(host, release):
        _must(host, "setfacl", "-m", entry, *paths)
    if host.entry(release.conf):
        # Of the logs nothing further down: there the service could put a link in a directory's place.
        within = ("-mindepth", "1", "-type", "d", "-perm", "-g=rx")
        _must(host, "find", release.conf, *within, "-exec", "setfacl", "-m", entry, "{}", "+")
    if host.entry(JOURNAL):
        _must(host, "setfacl", "-R", "-m", f"g:{group}:rX,d:g:{group}:rX", JOURNAL)


def take_off(host: Host, release: Release) -> None:
    """When the service goes, or wants another group or none.

    Its files stay behind closed directories until they are written anew. The journal is everybody's: who else wants it read
    keeps it so.
    """
    if not (group := readers(release)) or not host.entry("/usr/bin/setfacl"):
        return
    if paths := own(host, release):
        host.run("setfacl", "-b", *paths)
    if host.entry(release.conf):
        within = ("-mindepth", "1", "-type", "d", "-perm", "-g=rx")
        host.run("find", release.conf, *within, "-exec", "setfacl", "-b", "{}", "+")
    if host.entry(JOURNAL) and group not in map(readers, neighbours(host, release.service)):
        host.run("setfacl", "-R", "-x", f"g:{group},d:g:{group}", JOURNAL)


def differing(host: Host, release: Release) -> list[str]:
    """Directories in which the group may not read any more."""
    if not (group := readers(release)):
        return []
    paths = [*own(host, release), *([JOURNAL] if host.entry(JOURNAL) else [])]

    def readable(path: str) -> bool:
        said = host.run("getfacl", "--absolute-names", "--omit-header", path).text.splitlines()
        return {f"group:{group}:r-x", f"default:group:{group}:r-x"} <= set(said)

    return [f"{path} (read by {group})" for path in paths if not readable(path)]


def told(host: Host, release: Release) -> list[str]:
    """What is for people to decide."""
    if release.manifest.get("system") is None:
        return []
    found = []
    if host.entry(REBOOT):
        names = sorted(set((host.read(f"{REBOOT}.pkgs") or b"").decode().split()))
        found.append(f"it wants to be rebooted{' for ' + ', '.join(names) if names else ''}: `make reboot`")
    said = host.run("/usr/sbin/sshd", "-T")
    has = dict(line.lower().split(None, 1) for line in said.text.splitlines() if " " in line)
    found += [
        f"sshd has {name} {has[name]}: set it to {wanted} in /etc/ssh/sshd_config.d"
        for name, wanted in OPEN.items()
        if not said.code and has.get(name, wanted) != wanted
    ]
    return found


def _must(host: Host, *command: str) -> None:
    done = host.run(*command)
    if done.code:
        raise Failed(f"`{command[0]}` could not let the operators read: {tail(done.text, 3)}")
