"""What a release brings to the machine itself, beside the service: each part is wanted by a setting, or is not there."""

from dataclasses import dataclass, field
from typing import Any

from model.host_files import HostFile
from model.packet_filter import PacketFilter


@dataclass(frozen=True, kw_only=True)
class Base:
    """`kernel` are values of sysctl by name, `packages` programs by the package that has them, `logs` how the journal is sent."""

    firewall: PacketFilter | None = None
    kernel: dict[str, str] = field(default_factory=dict)
    files: tuple[HostFile, ...] = ()
    packages: dict[str, str] = field(default_factory=dict)
    units: tuple[dict[str, Any], ...] = ()
    logs: dict[str, Any] = field(default_factory=dict)
    clock: bool = False
    """Whether the clock must be synchronised."""
    system: dict[str, Any] | None = None
    """Which group may read beside root; None: the system is nobody's concern."""

    def manifest(self) -> dict[str, Any]:
        """As the activator reads it; nothing where nothing is wanted."""
        found: dict[str, Any] = {}
        if self.firewall:
            found["firewall"] = self.firewall.manifest()
        if self.kernel:
            found["kernel"] = self.kernel
        if self.logs:
            found["logs"] = self.logs
        if self.clock:
            found["clock"] = True
        if self.system is not None:
            found["system"] = self.system
        return found

    def plus(self, other: "Base") -> "Base":
        """Both; there is one firewall, and it is this one's."""
        return Base(
            firewall=self.firewall,
            kernel={**self.kernel, **other.kernel},
            files=(*self.files, *other.files),
            packages={**self.packages, **other.packages},
            units=(*self.units, *other.units),
            logs={**self.logs, **other.logs},
            clock=self.clock or other.clock,
            system=other.system if self.system is None else self.system,
        )

    @property
    def needed(self) -> dict[str, str]:
        """Every package."""
        return {**self.packages, **({"nftables": "/usr/sbin/nft"} if self.firewall else {})}


BARE = Base()
"""A machine that is left as it is."""
