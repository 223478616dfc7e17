"""A lab's network: one namespace with a bridge and all hosts, reached by one veth; deleting it takes all of it away."""

import json
import subprocess
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from lab.cgroup import Cgroup
from lab.errors import LabError

BRIDGE = "bridge"
_UPLINK = "uplink"


@dataclass(frozen=True, kw_only=True)
class Network:
    """namespace: its name under /run/netns; interface: this machine's end of the veth; owner: shown in `ip link`;
    commands: the control group in which programs that change it run."""

    namespace: str
    interface: str
    subnet: IPv4Network
    gateway: str
    owner: str
    commands: Cgroup

    @property
    def namespace_file(self) -> Path:
        return Path("/run/netns") / self.namespace

    @property
    def exists(self) -> bool:
        """Whether all of it is there; the alias is set last, so a half-made network does not count."""
        alias = Path("/sys/class/net") / self.interface / "ifalias"
        return self.namespace_file.exists() and alias.exists() and alias.read_text().strip() == self._alias

    @property
    def _alias(self) -> str:
        return f"{self.owner} {self.subnet}"[:255]

    def create(self) -> None:
        """Makes the network anew; raises LabError if the subnet is already reached by another interface."""
        self.remove()
        self._refuse_overlap()
        self._ip("netns", "add", self.namespace)
        inside = ("-n", self.namespace)
        self._ip(*inside, "link", "add", BRIDGE, "type", "bridge", "stp_state", "0", "forward_delay", "0")
        self._ip(
            "link", "add", self.interface, "type", "veth", "peer", "name", _UPLINK, "netns", self.namespace
        )
        self._ip(*inside, "link", "set", _UPLINK, "master", BRIDGE, "up")
        self._ip(*inside, "link", "set", BRIDGE, "up")
        self._ip(*inside, "link", "set", "lo", "up")
        self._ip("address", "add", f"{self.gateway}/{self.subnet.prefixlen}", "dev", self.interface)
        self._ip("link", "set", self.interface, "up")
        self._ip("link", "set", self.interface, "alias", self._alias)

    def remove(self) -> None:
        """Takes away what there is of it; the hosts must have ended before."""
        if (Path("/sys/class/net") / self.interface).exists():
            self._ip("link", "delete", self.interface)
        if self.namespace_file.exists():
            self._ip("netns", "delete", self.namespace)

    def add_tap(self, name: str) -> None:
        """A port of the bridge for a virtual machine."""
        self.remove_port(name)
        self._ip("-n", self.namespace, "tuntap", "add", "dev", name, "mode", "tap")
        self._ip("-n", self.namespace, "link", "set", name, "master", BRIDGE, "up")

    def remove_port(self, name: str) -> None:
        if any(
            link["ifname"] == name
            for link in json.loads(self._ip("-n", self.namespace, "-j", "link", "show"))
        ):
            self._ip("-n", self.namespace, "link", "delete", name)

    def set_port(self, name: str, *, up: bool) -> None:
        """Plugs a host's cable in or out."""
        self._ip("-n", self.namespace, "link", "set", name, "up" if up else "down")

    def entering(self, *command: str) -> list[str]:
        """The command, changed so that it runs inside the namespace."""
        return ["nsenter", f"--net={self.namespace_file}", *command]

    def _ip(self, *arguments: str) -> str:
        return self.commands.run("ip", *arguments)

    def _refuse_overlap(self) -> None:
        user = user_of(self.subnet)
        if user:
            raise LabError(
                f"Subnet {self.subnet} is already reached by {user}; choose another with --subnet, "
                "such as 10.79.0.0/24, or take that lab down first."
            )


def user_of(subnet: IPv4Network) -> str | None:
    """The interface by which this machine reaches any of the subnet, with whose it is; None where it is free."""
    listed = subprocess.run(
        ["ip", "-j", "-4", "route", "show", "table", "all"], capture_output=True, text=True, check=True
    )
    for route in json.loads(listed.stdout):
        if route["dst"] == "default" or route.get("type") in ("broadcast", "multicast"):
            continue
        if IPv4Network(route["dst"], strict=False).overlaps(subnet):
            device = route.get("dev", "another route")
            alias = Path("/sys/class/net") / device / "ifalias"
            owner = alias.read_text().strip() if alias.exists() else ""
            return f"{device} ({owner})" if owner else device
    return None
