"""One running host of a lab: its power, its cable, and commands on it over SSH."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from lab import ssh
from lab.architecture import Architecture, native
from lab.cgroup import OWN_MOUNTS, Cgroup
from lab.errors import LabError
from lab.network import BRIDGE, Network
from lab.place import Place

_BOOT_SCRIPT = Path(__file__).parent / "recipe/boot-container.sh"
_MEMORY_MEGABYTES = 768
# Twenty seconds of two processors for an emulated host; the rest is for a machine that is busy with other things.
_BOOT_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a host was made from, kept beside it as host.json; a host whose record differs from the plan is made anew."""

    name: str
    address: str
    architecture: str
    edge: bool
    image: str
    host_key: str


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A host that has been made. `host_key` is its public key in authorized_keys format, as the lab made it."""

    place: Place
    network: Network
    record: Record
    kernel: Path | None

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def address(self) -> str:
        return self.record.address

    @property
    def architecture(self) -> Architecture:
        return Architecture(self.record.architecture)

    @property
    def host_key(self) -> str:
        return self.record.host_key

    @property
    def is_container(self) -> bool:
        return self.architecture is native()

    @property
    def directory(self) -> Path:
        return self.place.hosts / self.name

    @property
    def console(self) -> Path:
        """What the host printed while booting."""
        return self.directory / "console.log"

    @property
    def running(self) -> bool:
        """Whether its processes are there; a paused host is running."""
        return self._cgroup.populated

    @property
    def paused(self) -> bool:
        return self._cgroup.frozen

    def answers(self, seconds: float = 1) -> bool:
        """Whether it runs and accepts connections to its SSH port."""
        if not self.running or self.paused:
            return False
        try:
            with socket.create_connection((self.address, 22), timeout=seconds):
                return True
        except OSError:
            return False

    # Power.

    def start(self) -> None:
        """Switches it on and returns at once; see wait_ready. Does nothing if it runs already."""
        if self.running:
            return
        self._cgroup.remove()
        self._cgroup.create(delegate=True)
        self._cgroup.child("keeper").create()
        self.network.remove_port(self._port)
        command = self._container_command() if self.is_container else self._virtual_machine_command()
        with self.console.open("ab") as console:
            launch = self._cgroup.child("keeper").entering(
                "setsid", "--fork", *self.network.entering(*command)
            )
            subprocess.run(launch, check=True, stdin=subprocess.DEVNULL, stdout=console, stderr=console)

    def kill(self) -> None:
        """Pulls the plug. What the host had written to files stays, synced or not: this machine's page cache is not lost."""
        self.disconnect()
        self._cgroup.remove()

    def reboot(self) -> None:
        """Reboots it in good order and waits until it is ready again."""
        before = self._boot_time()
        self.run("sudo systemctl reboot", check=False)
        self.disconnect()
        deadline = time.monotonic() + _BOOT_SECONDS
        while True:
            try:
                self.wait_ready(deadline - time.monotonic())
                if self._boot_time() != before:
                    return
            except LabError:
                # It may still have greeted while it was going down.
                if not self.running or time.monotonic() > deadline:
                    raise
            self.disconnect()
            time.sleep(0.1)

    def pause(self) -> None:
        """Freezes every process of it. A container's kernel still accepts connections; a virtual machine's does not."""
        self._cgroup.freeze(True)

    def resume(self) -> None:
        self._cgroup.freeze(False)

    def cut(self) -> None:
        """Pulls its network cable."""
        self.network.set_port(self._port, up=False)

    def mend(self) -> None:
        """Puts its network cable back."""
        self.network.set_port(self._port, up=True)

    def remove(self) -> None:
        """Kills it and deletes all that it had."""
        self.kill()
        if self.network.namespace_file.exists():
            self.network.remove_port(self._port)
        if self.directory.exists():
            shutil.rmtree(self.directory)

    # Commands.

    def run(
        self, command: str, *, check: bool = True, stdin: str = "", timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Runs a shell command as `deploy` over one kept SSH connection, with the pinned host key.

        Raises LabError if it ends non-zero (unless check=False) or the host does not answer within `timeout` seconds.
        """
        return ssh.run(self.place, self.name, command, check=check, stdin=stdin, timeout=timeout)

    def disconnect(self) -> None:
        """Ends the kept SSH connection, if there is one."""
        ssh.disconnect(self.place, self.name)

    def wait_ready(self, seconds: float = _BOOT_SECONDS) -> list[str]:
        """Waits until SSH answers with the pinned key and systemd has finished starting; returns the failed units' names.

        Raises LabError with the end of the console when the host dies or takes longer than `seconds`.
        """
        deadline = time.monotonic() + seconds
        while not self._greets():
            if not self.running:
                raise LabError(
                    f"Host {self.name} ended while booting; its console says:\n{self._last_words()}"
                )
            if time.monotonic() > deadline:
                raise LabError(
                    f"Host {self.name} ({self.address}) did not answer on port 22 within {seconds:.0f} s; "
                    f"its console ({self.console}) says:\n{self._last_words()}"
                )
            time.sleep(0.05)
        left = max(1.0, deadline - time.monotonic())
        state = self.run("systemctl is-system-running --wait", check=False, timeout=left).stdout.strip()
        if state == "running":
            return []
        if state != "degraded":
            raise LabError(
                f"Host {self.name} is {state or 'in no known state'!r} instead of running; see {self.console}."
            )
        return [
            line.split()[0] for line in self.run("systemctl --failed --plain --no-legend").stdout.splitlines()
        ]

    # Inside.

    @property
    def _cgroup(self) -> Cgroup:
        return self.place.cgroup.child(self.name)

    @property
    def _port(self) -> str:
        """Its interface on the bridge; nspawn makes a container's from the machine's name, cut to what a name may be."""
        return f"vb-{self.name}"[:15]

    def _greets(self) -> bool:
        try:
            with socket.create_connection((self.address, 22), timeout=5) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def _boot_time(self) -> str:
        return self.run("systemctl show --property=UserspaceTimestamp --value").stdout.strip()

    def _last_words(self) -> str:
        lines = self.console.read_text(errors="replace").splitlines() if self.console.exists() else []
        return "\n".join(f"  {line}" for line in lines[-12:])

    def _container_command(self) -> list[str]:
        return [
            *(*OWN_MOUNTS, "sh", str(_BOOT_SCRIPT)),
            *(str(self.directory), self._cgroup.child("machine").name, BRIDGE, self.name),
        ]

    def _virtual_machine_command(self) -> list[str]:
        traits = self.architecture.traits
        self.network.add_tap(self._port)
        return [
            *(
                traits.emulator,
                *traits.emulated,
                "-accel",
                "tcg,thread=multi",
                "-smp",
                "2",
                "-m",
                str(_MEMORY_MEGABYTES),
            ),
            *("-nodefaults", "-display", "none", "-serial", "stdio", "-kernel", str(self.kernel)),
            *("-append", f"root=/dev/nvme0n1 rw quiet console={traits.console}"),
            # No flush to the real disk: what counts as lost is what the guest had not yet written, and that stays so.
            *(
                "-drive",
                f"if=none,id=disk,format=raw,cache=unsafe,discard=unmap,file={self.directory}/disk.raw",
            ),
            *("-device", "nvme,serial=disk,drive=disk"),
            *("-netdev", f"tap,id=net,ifname={self._port},script=no,downscript=no"),
            *(
                "-device",
                f"virtio-net-pci,netdev=net,romfile=,mac={self.place.mac(self.address)}",
            ),
        ]


def write_record(directory: Path, record: Record) -> None:
    (directory / "host.json").write_text(json.dumps(asdict(record), indent=1))


def read_record(directory: Path) -> Record | None:
    """The record of a host that was made completely, or None."""
    try:
        return Record(**json.loads((directory / "host.json").read_text()))
    except (FileNotFoundError, TypeError, ValueError):
        return None


@contextmanager
def fresh_directory(final: Path) -> Iterator[Path]:
    """A directory that appears under its name only when the body has filled it without error."""
    temporary = final.with_name(f".{final.name}.partial")
    for leftover in (temporary, final):
        if leftover.exists():
            shutil.rmtree(leftover)
    temporary.mkdir(mode=0o700, parents=True)
    yield temporary
    temporary.rename(final)
