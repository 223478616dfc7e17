"""The commands from the desk that run on a host, as text for any login shell; nothing of them is part of a release."""

import shlex

from model import remote_script

OF_PACKAGES = {
    "-edge": ("nginx.service",),
    "-monitor": ("prometheus.service", "prometheus-*.service", "nginx.service"),
    "-dns": ("pdns.service", "haproxy.service"),
}
"""By the end of a release's name: the units whose journal is that of an edge, a monitor or a DNS host."""


def logs(service: str, since: str, lines: int, follow: bool) -> str:
    """Prints the journal of both slots, their proxy and jobs; of other machines that of programs of packages."""
    units = next((units for end, units in OF_PACKAGES.items() if service.endswith(end)), ()) or (
        f"{service}@*.service",
        f"{service}-proxy.service",
        *(f"slipway-{service}-{kind}.service" for kind in ("watch@*", "health@*", "task-*", "job-*")),
    )
    words = ["journalctl", "--no-pager", "--output=short-iso", f"--lines={lines}"]
    words += [f"--unit={unit}" for unit in units]
    words += [f"--since={since}"] if since else []
    words += ["--follow"] if follow else []
    return remote_script.posix(f"sudo -n {shlex.join(words)}")


def look(program: str, service: str) -> str:
    """Runs a program in Python, which is told the service's name and must change nothing."""
    return remote_script.posix(f"sudo -n timeout 60 python3 -c {shlex.quote(program)} {shlex.quote(service)}")


def program(text: str, service: str, seconds: float) -> str:
    """Runs a program in Python as root, which is told the service's name and that it may wait so long."""
    limit = remote_script.whole(seconds) + 60
    words = f"{shlex.quote(service)} {seconds:g}"
    return remote_script.posix(f"sudo -n timeout {limit} python3 -c {shlex.quote(text)} {words}")


def restart(service: str, waits: int) -> str:
    """Starts the live release anew in the idle slot and moves requests to it, as a release does."""
    return remote_script.posix(remote_script.live_run(service, waits, f"restart --service {service}"))


def mend(service: str, waits: int) -> str:
    """Puts right what is not as released, through the other slot where a process has to be started anew."""
    return remote_script.posix(remote_script.live_run(service, waits, f"mend --service {service}"))
