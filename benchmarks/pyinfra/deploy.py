"""A release of the greeter: `pyinfra inventory.py deploy.py`, with what is wanted in the environment's JSON file."""

import json
import os
from pathlib import Path

from pyinfra import config, host
from pyinfra.operations import files, server, systemd
from pyinfra.operations.util import any_changed

config.SUDO = True
WANTED = json.loads(Path(os.environ["BENCH_WANTED"]).read_text())
UNIT, HOME, PORT = "greeter-pyinfra", "/opt/greeter-pyinfra", 9001
SHARED = Path(__file__).resolve().parent.parent / "shared"


def release() -> None:
    tree = f"{HOME}/releases/{WANTED['release']}"
    server.user(name="User", user=UNIT, system=True, home=HOME, shell="/usr/sbin/nologin", create_home=False)
    files.directory(name="Directory of the release", path=tree)
    binary = files.put(name="Binary", src=WANTED["binary"], dest=f"{tree}/greeter", mode="755")
    gate = files.put(name="Gate", src=str(SHARED / "gate.sh"), dest=f"{HOME}/gate.sh", mode="755")
    settings = files.template(
        name="Settings",
        src=str(SHARED / "greeter.env.j2"),
        dest=f"{HOME}/greeter.env",
        greeting=WANTED["greeting"],
    )
    current = files.link(name="Current release", path=f"{HOME}/current", target=tree)
    unit = files.template(
        name="Unit",
        src=str(SHARED / "greeter.service.j2"),
        dest=f"/etc/systemd/system/{UNIT}.service",
        unit=UNIT,
        home=HOME,
        served_at=PORT,
    )
    systemd.daemon_reload(name="Units read anew", _if=unit.did_change)
    changed = any_changed(binary, settings, current, unit)
    systemd.service(name="Enabled", service=UNIT, running=True, enabled=True)
    systemd.service(name="Restart", service=UNIT, restarted=True, _if=changed)
    server.shell(
        name="Healthy",
        commands=[f"{HOME}/gate.sh http://127.0.0.1:{PORT}/healthz"],
        _if=any_changed(binary, settings, current, unit, gate),
    )


# Operations run in the order of their lines, each on all hosts that have it: the canary is through before the others begin.
if "canary" in host.groups:
    release()
if "others" in host.groups:
    release()
