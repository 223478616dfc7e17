"""The programs that a lab needs on this machine: installed when root on Debian or Ubuntu, else named one by one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from lab.architecture import Architecture, native
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
# Where Debian keeps programs for root; not on everybody's PATH.
_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


def ensure(architectures: Iterable[Architecture], progress: Progress) -> None:
    """Raises LabError if a lab with hosts of these architectures cannot run here; installs what apt can bring."""
    refuse_unsuitable()
    os.environ["PATH"] = _PATH
    missing = missing_programs(architectures)
    if not missing:
        return
    packages = sorted(set(missing.values()))
    if not shutil.which("apt-get"):
        raise LabError(explain(missing, packages))
    progress.say("apt", f"installing {', '.join(packages)} for {', '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        result = subprocess.run(
            ["apt-get", "-qq", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    still = missing_programs(architectures)
    if still:
        last = "\n".join((result.stdout + result.stderr).splitlines()[-5:])
        raise LabError(f"{explain(still, sorted(set(still.values())))} apt-get said:\n{last}")


def refuse_unsuitable() -> None:
    """Raises LabError where no lab can be: elsewhere than on Linux, or not as root."""
    if sys.platform != "linux":
        raise LabError(f"A lab needs Linux; this machine runs {sys.platform!r}.")
    if os.geteuid() != 0:
        raise LabError(
            "A lab needs root, for namespaces, bridges and containers; run the same command with sudo."
        )


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
