"""A program that a host runs for `make reboot`: every proxy of Slipway there finishes its requests, then the machine reboots.

It ends a second before the machine goes. systemd's usual signal has HAProxy break off what is in flight, so that for this one
stop it gets the one that has it close its doors first; what says so is gone with the boot.
"""

import subprocess
import sys
from pathlib import Path

SECONDS = float(sys.argv[2])


def systemctl(*words: str, check: bool = True) -> int:
    return subprocess.run(["systemctl", *words], check=check, timeout=SECONDS + 30).returncode


units = [f"{each.name}-proxy.service" for each in sorted(Path("/var/lib/slipway").iterdir())]
units = [unit for unit in units if not systemctl("is-active", "--quiet", unit, check=False)]
told = [Path(f"/run/systemd/system/{unit}.d/slipway-reboot.conf") for unit in units]
for path in told:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[Service]\nKillSignal=SIGUSR1\n")
try:
    systemctl("daemon-reload")
    if units:
        systemctl("stop", *units)
    subprocess.run(["systemd-run", "--quiet", "--on-active=1", "systemctl", "reboot"], check=True)
except BaseException:
    for path in told:
        path.unlink()
    systemctl("daemon-reload", check=False)
    if units:
        systemctl("start", *units, check=False)
    raise
