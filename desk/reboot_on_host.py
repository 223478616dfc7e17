"""A program that a host runs for `make reboot`: every proxy of Slipway there finishes its requests, then the machine reboots.

It ends a second before the machine goes. systemd's usual signal has HAProxy break off what is in flight, so that for this one
stop it gets the one that has it close its doors first; what says so is gone with the boot. A machine may have services of several
stacks: a boot would cut off the run of any, and end the timer by which a release goes back that nobody confirms.
"""

import json
import subprocess
import sys
from pathlib import Path

SECONDS = float(sys.argv[2])
SERVICES = [each.name for each in sorted(Path("/var/lib/slipway").iterdir())]


def systemctl(*words: str, check: bool = True) -> int:
    return subprocess.run(["systemctl", *words], check=check, timeout=SECONDS + 30).returncode


def told(service: str) -> dict:
    activator = Path(f"/opt/{service}/app/current/activator.pyz")
    if not activator.exists():
        return {}
    asked = [sys.executable, activator, "status", "--service", service]
    return json.loads(subprocess.run(asked, check=True, stdout=subprocess.PIPE, timeout=60).stdout)


for service in SERVICES:
    said = told(service)
    if said.get("unfinished"):
        sys.exit(f"a run of {service} was cut off or is at work: run `up` of its stack to its end first")
    if said.get("unconfirmed"):
        sys.exit(f"the release of {service} waits to be confirmed: run `up` of its stack to its end first")
units = [f"{service}-proxy.service" for service in SERVICES]
units = [unit for unit in units if not systemctl("is-active", "--quiet", unit, check=False)]
drop_ins = [Path(f"/run/systemd/system/{unit}.d/slipway-reboot.conf") for unit in units]
for path in drop_ins:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[Service]\nKillSignal=SIGUSR1\n")
try:
    systemctl("daemon-reload")
    if units:
        systemctl("stop", *units)
    subprocess.run(["systemd-run", "--quiet", "--on-active=1", "systemctl", "reboot"], check=True)
except BaseException:
    for path in drop_ins:
        path.unlink()
    systemctl("daemon-reload", check=False)
    if units:
        systemctl("start", *units, check=False)
    raise
