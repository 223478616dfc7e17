"""Commands on lab hosts through OpenSSH's client, one kept connection per host, host keys pinned."""

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from lab.errors import LabError
from lab.place import Place

USER = "deploy"


class Reached(Protocol):
    """What has to be known of a host to reach it."""

    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def host_key(self) -> str: ...


def write_config(place: Place, machines: Iterable[Reached]) -> None:
    """Writes known_hosts and ssh_config, so that `ssh -F .../ssh_config NAME` works for people too."""
    machines = list(machines)
    keys = "".join(f"{machine.address} {machine.host_key}\n" for machine in machines)
    blocks = "".join(f"Host {machine.name}\n  HostName {machine.address}\n" for machine in machines)
    everywhere = {
        "User": USER,
        "IdentityFile": f'"{place.login_key}"',
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": f'"{place.known_hosts}"',
        "GlobalKnownHostsFile": "none",
        "StrictHostKeyChecking": "yes",
        "PasswordAuthentication": "no",
        "ConnectTimeout": "20",
        "ServerAliveInterval": "5",
        "ServerAliveCountMax": "6",
        "LogLevel": "ERROR",
    }
    options = "".join(f"  {key} {value}\n" for key, value in everywhere.items())
    _replace(place.known_hosts, keys)
    _replace(place.ssh_config, f"{blocks}Host *\n{options}")


def run(
    place: Place, name: str, command: str, *, check: bool, stdin: str, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Runs a shell command on the host called `name`; raises LabError as Machine.run says."""
    try:
        _connect(place, name, timeout)
        result = subprocess.run(
            ["ssh", "-F", place.ssh_config, "-S", _socket(place, name), name, "--", command],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        raise LabError(f"Host {name} did not finish `{command}` within {timeout:.0f} s.") from None
    if check and result.returncode != 0:
        raise LabError(
            f"`{command}` on {name} ended with {result.returncode}: {result.stderr.strip()[-2000:]}"
        )
    return result


def disconnect(place: Place, name: str) -> None:
    """Ends the kept connection, if there is one."""
    place.cgroup.child(f"_ssh-{name}").remove()
    _socket(place, name).unlink(missing_ok=True)


def _connect(place: Place, name: str, timeout: float) -> None:
    group = place.cgroup.child(f"_ssh-{name}")
    if group.populated and _socket(place, name).exists():
        return
    disconnect(place, name)
    group.create()
    place.run_directory.mkdir(mode=0o700, exist_ok=True)
    # The connection's process lives in the lab's control group, so that taking the lab down ends it too. It keeps
    # its error output open, which must therefore be a file and not a pipe that somebody waits for.
    log = place.hosts / name / "ssh.log"
    with log.open("w") as errors:
        master = ["ssh", "-F", str(place.ssh_config), "-M", "-N", "-f", "-S", str(_socket(place, name)), name]
        result = subprocess.run(
            group.entering(*master), stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, timeout=timeout
        )
    if result.returncode != 0:
        raise LabError(f"SSH to {name} failed: {log.read_text().strip() or 'no reason given'}")


def _socket(place: Place, name: str) -> Path:
    return place.run_directory / name


def _replace(path: Path, text: str) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_text(text)
    temporary.chmod(0o600)
    temporary.rename(path)
