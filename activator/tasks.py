"""What runs once before a release begins, such as a migration: the new program, in the new slot, which nobody asks yet."""

from __future__ import annotations

from activator.failure import Failed
from activator.host import Host
from activator.ledger import Ledger
from activator.manifest import Release
from activator.systemd import look, printed, systemctl

GRACE = 60  # seconds for systemd to end one that was out of time


def run(host: Host, ledger: Ledger, release: Release, slot: str) -> str | None:
    """Those that this release has not done here, one after the other; the first that fails ends the release."""
    done = list[str]()
    for task, seconds in release.tasks.items():
        if task in ledger.done.get(release.id, ()):
            host.tell(f"task {task} was done for this release before")
            continue
        host.tell(f"task {task} begins; it may take {seconds:g} s")
        run_one(host, release, slot, task, seconds)
        ledger.add("task", release=release.id, task=task)
        done.append(task)
    return f"done: {', '.join(done)}" if done else None


def run_one(host: Host, release: Release, slot: str, task: str, seconds: float) -> None:
    unit, since, began = release.task_unit(task, slot), host.now(), host.clock()
    host.run("systemctl", "reset-failed", unit)
    try:
        systemctl(host, "start", unit, timeout=seconds + GRACE)
    except Failed as failure:
        said = printed(host, unit, since, 20)
        raise Failed(
            f"task {task} ended {look(host, unit).state} after {host.clock() - began:.1f} s, so nothing of the release is "
            f"started; it said:\n{said}"
        ) from failure
