"""Where a lab keeps what, and what it is called on this machine. All of it follows from checkout and name, so that even a
lab whose maker was killed can be found and cleaned."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from lab.cgroup import Cgroup

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Place:
    """Paths, control group and names of the lab called `name` of this checkout."""

    name: str

    @property
    def directory(self) -> Path:
        return PROJECT / ".slipway/lab" / self.name

    @property
    def lock(self) -> Path:
        return self.directory.with_name(f"{self.name}.lock")

    @property
    def plan(self) -> Path:
        return self.directory / "lab.json"

    @property
    def inventory(self) -> Path:
        """Of a lab without regions, or of the hosts in none."""
        return self.inventory_of("")

    def inventory_of(self, region: str) -> Path:
        """What lists that region's hosts, as the program's configuration does."""
        return self.directory / f"{region or 'inventory'}.json"

    @property
    def login_key(self) -> Path:
        return self.directory / "id_ed25519"

    @property
    def ssh_config(self) -> Path:
        return self.directory / "ssh_config"

    @property
    def known_hosts(self) -> Path:
        return self.directory / "known_hosts"

    @property
    def hosts(self) -> Path:
        return self.directory / "hosts"

    @property
    def run_directory(self) -> Path:
        """Sockets of open SSH connections: their paths must be short."""
        return Path("/run") / self.identifier

    @property
    def identifier(self) -> str:
        """Differs between labs and between checkouts; at most 15 characters, as an interface's name must be."""
        return f"lab-{hashlib.sha256(str(self.directory).encode()).hexdigest()[:10]}"

    @property
    def cgroup(self) -> Cgroup:
        return Cgroup(f"slipway-{self.identifier}")

    @property
    def commands(self) -> Cgroup:
        """Where programs run that make, change or remove parts of the lab. No host's name begins with an underscore."""
        return self.cgroup.child("_commands")

    def mac(self, address: str) -> str:
        """The Ethernet address for an IPv4 address of this lab. It must not change when another host gets the address:
        neighbours remember for half a minute where they last found it."""
        digits, last = self.identifier[-6:], int(address.rsplit(".", 1)[1])
        return f"52:54:{digits[:2]}:{digits[2:4]}:{digits[4:]}:{last:02x}"


def write_private(path: Path, text: str) -> None:
    """For this user alone, and whole or not at all."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    temporary.rename(path)
