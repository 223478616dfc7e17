"""A control group holds every process of a host, so that killing it leaves none behind and can hit no stranger."""

import errno
import os
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lab.errors import LabError

# The beginner may have been killed, and the group emptied, before the shell entered it; then nothing may happen any more.
_ENTER = (
    'echo $$ > "$0" && read -r _ _ _ parent _ < /proc/$$/stat && [ "$parent" = "$1" ] && shift && exec "$@"'
)


@cache
def mount_point() -> Path:
    """Where this machine has its cgroup v2 tree; raises LabError if it has none."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        mount, _, source = line.partition(" - ")
        if source.startswith("cgroup2 "):
            return Path(mount.split()[4])
    raise LabError(
        "This machine has no cgroup v2 tree; mount one with: mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified"
    )


OWN_MOUNTS = ("unshare", "--mount", "--propagation", "private")
"""Before a command: what it mounts is seen by it and its children alone, and goes with the last of them, however they end."""


@dataclass(frozen=True)
class Cgroup:
    """One group, by its path below the root of the cgroup v2 tree."""

    name: str

    @property
    def path(self) -> Path:
        return mount_point() / self.name

    def child(self, name: str) -> "Cgroup":
        return Cgroup(f"{self.name}/{name}")

    def create(self, *, delegate: bool = False) -> None:
        """Makes the group; with `delegate` its children get all controllers that it has, and it may hold no process itself."""
        self.path.mkdir(exist_ok=True)
        if delegate:
            controllers = (self.path / "cgroup.controllers").read_text().split()
            for controller in controllers:
                (self.path / "cgroup.subtree_control").write_text(f"+{controller}")

    def entering(self, *command: str) -> list[str]:
        """The command, changed so that it runs in this group from its first moment, and only while its beginner lives."""
        return ["sh", "-c", _ENTER, str(self.path / "cgroup.procs"), str(os.getpid()), *command]

    @property
    def populated(self) -> bool:
        """Whether any process is left in it or below."""
        try:
            return "populated 1" in (self.path / "cgroup.events").read_text()
        except FileNotFoundError:
            return False

    @property
    def frozen(self) -> bool:
        try:
            return (self.path / "cgroup.freeze").read_text().strip() == "1"
        except FileNotFoundError:
            return False

    def freeze(self, frozen: bool) -> None:
        """Stops every process where it stands, or lets all go on."""
        (self.path / "cgroup.freeze").write_text("1" if frozen else "0")
        wanted = f"frozen {int(frozen)}"
        self._wait(lambda: wanted in (self.path / "cgroup.events").read_text(), f"reach {wanted!r}")

    def run(self, *command: str) -> str:
        """Runs a program in the group, which is made if need be, and returns its output; LabError has its last lines.

        If whoever called this is killed, the program can thus still be found and ended.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        result = subprocess.run(
            self.entering(*command), stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if result.returncode != 0:
            last = "\n".join((result.stdout + result.stderr).splitlines()[-15:])
            raise LabError(
                f"`{' '.join(command)}` ended with {result.returncode}: {last or 'no reason given'}"
            )
        return result.stdout

    def kill(self) -> None:
        """Kills everything in it and below and waits for the end of it; does nothing if there is no such group."""
        self._wait(self._killed, "become empty")

    def _killed(self) -> bool:
        # Again each time: a shell of a maker that was killed may enter the group after the first one.
        if self.path.exists():
            (self.path / "cgroup.kill").write_text("1")
        return not self.populated

    def remove(self) -> None:
        """Kills everything in it and below, and removes the groups; does nothing if there is none."""
        self._wait(self._removed, "go away")

    def _removed(self) -> bool:
        if not self.path.exists():
            return True
        self.kill()
        try:
            for directory in sorted((path for path in self.path.rglob("*") if path.is_dir()), reverse=True):
                directory.rmdir()
            self.path.rmdir()
        except OSError as error:
            # Entered after the killing, see above.
            if error.errno != errno.EBUSY:
                raise
            return False
        return True

    def _wait(self, condition, what: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise LabError(
                    f"Control group {self.path} did not {what} within {seconds:.0f} s; see its cgroup.procs."
                )
            time.sleep(0.01)
