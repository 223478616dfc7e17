"""What a host lacks is installed with its own package manager, which may be at work already, as after a boot."""

from __future__ import annotations

import re

from activator.failure import Refused
from activator.host import Host, Result
from activator.manifest import Release
from activator.systemd import tail

PATIENCE, PAUSE = 300, 5
"""Seconds to wait for another package manager, such as unattended-upgrades, and between two looks."""
LOCKED = re.compile(r"could not get lock|unable to (?:lock|acquire)|lock was locked", re.IGNORECASE)
HOLDER = re.compile(r"held by process (\d+) \(([^)]*)\)|with pid (\d+)")


def provide(host: Host, release: Release, install: bool) -> None:
    """Installs what the release needs and is not there, or refuses."""
    packages: dict[str, str] = release.manifest["packages"] or {}

    def missing() -> list[str]:
        return [name for name, path in packages.items() if host.entry(path) is None]

    names, said = missing(), list[str]()
    if not names:
        return
    if not install:
        raise Refused(f"not installed: {', '.join(names)}; install them, or allow it with --install-packages")
    host.tell(f"installing {', '.join(names)}")
    if host.entry("/usr/bin/apt-get"):
        get = ("apt-get", "install", "--yes", "--no-install-recommends", *names)
        done = alone(host, *get, timeout=600)
        if done.code:  # most often the package lists are old
            update = alone(host, "apt-get", "update", timeout=300)
            said += (
                [f"`apt-get update` ended with {update.code}: {tail(update.text, 5)}"] if update.code else []
            )
            done = alone(host, *get, timeout=600)
    else:
        done = alone(host, "dnf", "install", "--assumeyes", *names, timeout=600)
    if left := missing():
        said.insert(0, tail(done.text, 5))
        raise Refused(f"could not install {', '.join(left)}: " + "\n".join(said))


def alone(host: Host, *command: str, timeout: float) -> Result:
    """Runs it once nobody else has the packages locked; says for whom it waits, and refuses after a while."""
    began, told = host.clock(), False
    while True:
        done = host.run(*command, timeout=timeout, DEBIAN_FRONTEND="noninteractive")
        if not done.code or not LOCKED.search(done.text):
            return done
        found = HOLDER.search(done.text)
        holder = (
            f"{found[2] or 'another program'} (pid {found[1] or found[3]})" if found else "another program"
        )
        if host.clock() - began >= PATIENCE:
            raise Refused(
                f"{holder} has had the host's packages locked for {PATIENCE} s: run again when it has ended;"
                f" {command[0]} says:\n{tail(done.text, 3)}"
            )
        if not told:
            host.tell(f"waiting for {holder}, which has the host's packages locked, {PATIENCE} s at the most")
        told = True
        host.sleep(PAUSE)
