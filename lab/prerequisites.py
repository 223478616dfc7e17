"""The programs that a lab needs on this machine: installed when root on Debian or Ubuntu, else named one by one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from lab.architecture import Architecture, native
from lab.cache import directory, held
from lab.errors import LabError
from lab.progress import Progress

_ALWAYS = {
    "systemd-nspawn": "systemd-container",
    "mmdebstrap": "mmdebstrap",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "unshare": "util-linux",
    "setsid": "util-linux",
    "ssh": "openssh-client",
}
_FOR_FOREIGN = {
    "mke2fs": "e2fsprogs",
    "debugfs": "e2fsprogs",
    "depmod": "kmod",
    "dpkg-query": "dpkg",
    "tar": "tar",
}
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Containers share one limit on inotify instances, and systemd in each takes about seven: the kernel's 128 end with 18 hosts, and
# path units fail then. kind's documentation asks for 512, LXD's for a million.
_WATCHERS = Path("/proc/sys/fs/inotify/max_user_instances")
_ENOUGH_WATCHERS = 1024
# Where Debian keeps programs for root; not on everybody's PATH.
_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


def ensure(architectures: Iterable[Architecture], progress: Progress) -> None:
    """Raises LabError if a lab with hosts of these architectures cannot run here; installs what apt can bring."""
    refuse_unsuitable()
    os.environ["PATH"] = _PATH
    allow_many_watchers(progress)
    missing = missing_programs(architectures)
    if not missing:
        return
    packages = sorted(set(missing.values()))
    if not shutil.which("apt-get"):
        raise LabError(explain(missing, packages))
    last = install(packages, ", ".join(missing), lambda: not missing_programs(architectures), progress)
    still = missing_programs(architectures)
    if still:
        raise LabError(f"{explain(still, sorted(set(still.values())))} apt-get said:\n{last}")


def install(packages: list[str], for_what: str, there: Callable[[], bool], progress: Progress) -> str:
    """Unless they are `there` by its turn; gives the last lines that apt-get said.

    One after the other, since apt-get does not wait for its own lock on lists.
    """
    with held(directory("lab") / "packages.lock", lambda: progress.say("apt", "waiting for another lab's")):
        if there():
            return ""
        progress.say("apt", f"installing {', '.join(packages)} for {for_what}")
        return _installed(packages)


def _installed(packages: list[str]) -> str:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    wait = ("-o", "DPkg::Lock::Timeout=300")
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        result = subprocess.run(
            ["apt-get", "-qq", *wait, *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    return "\n".join((result.stdout + result.stderr).splitlines()[-5:])


def refuse_unsuitable() -> None:
    """Raises LabError where no lab can be: elsewhere than on Linux, or not as root."""
    if sys.platform != "linux":
        raise LabError(f"A lab needs Linux; this machine runs {sys.platform!r}.")
    if os.geteuid() != 0:
        raise LabError(
            "A lab needs root, for namespaces, bridges and containers; run the same command with sudo."
        )


def allow_many_watchers(progress: Progress, limit: Path = _WATCHERS) -> None:
    """Raises this machine's limit on inotify instances where many hosts would exceed it; raises LabError if that is forbidden."""
    found = int(limit.read_text())
    if found >= _ENOUGH_WATCHERS:
        return
    progress.say("kernel", f"raising fs.inotify.max_user_instances from {found} to {_ENOUGH_WATCHERS}")
    try:
        limit.write_text(f"{_ENOUGH_WATCHERS}\n")
    except OSError as problem:
        raise LabError(
            f"fs.inotify.max_user_instances is {found}, with which units of the hosts would fail, and cannot be raised here "
            f"({problem}); on the machine that is above this one run: sysctl fs.inotify.max_user_instances={_ENOUGH_WATCHERS}"
        ) from None


def missing_programs(architectures: Iterable[Architecture]) -> dict[str, str]:
    """Programs (or files) that are not here, each with the Debian package that brings it."""
    needed = dict(_ALWAYS)
    for architecture in architectures:
        if architecture is not native():
            needed |= {**_FOR_FOREIGN, architecture.traits.emulator: architecture.traits.emulator_package}
    missing = {
        program: package for program, package in needed.items() if not shutil.which(program, path=_PATH)
    }
    if not _KEYRING.exists():
        missing[str(_KEYRING)] = "debian-archive-keyring"
    return missing


def explain(missing: Mapping[str, str], packages: list[str]) -> str:
    """One sentence that names every missing program and the command that brings them."""
    names = ", ".join(f"{program} (package {package})" for program, package in missing.items())
    return f"A lab needs programs that are missing here: {names}; install them with: apt-get install {' '.join(packages)}"
