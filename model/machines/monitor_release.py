"""What the machine gets that watches the others, as a release."""

from model.base import BARE, Base
from model.machines import monitor_files
from model.machines.monitor_files import Duty
from model.release import PACKAGE_SITE, Release, machine_release
from model.release_policy import ReleasePolicy


def monitor_release(duty: Duty, policy: ReleasePolicy, base: Base = BARE) -> Release:
    """Files for Debian's own programs, and no binary."""
    listen = duty.monitor.listen
    return machine_release(
        f"{duty.service}-monitor",
        policy,
        (*monitor_files.files(duty), *base.files),
        base,
        units=monitor_files.units(duty),
        packages=monitor_files.PACKAGES,
        listens=[listen],
        displaces=PACKAGE_SITE if listen == 80 else {},
        hidden={
            name: {"target": monitor_files.secret_path(name), "group": monitor_files.GROUP}
            for name in duty.monitor.alerts.secrets
        },
    )
