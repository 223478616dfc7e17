"""What differs between the architectures of lab hosts, in one table. Which one is native decides container or virtual machine."""

import platform
from dataclasses import dataclass
from enum import Enum

from lab.errors import LabError


@dataclass(frozen=True, kw_only=True)
class Traits:
    """machine: `uname -m`; triplet: Debian's library directory; elf_machine: e_machine of the ELF header;
    emulator, emulator_package: the full-system emulator; emulated: its options for the board and the processor;
    console: the kernel's name of the first serial port."""

    machine: str
    triplet: str
    elf_machine: int
    emulator: str
    emulator_package: str
    emulated: tuple[str, ...]
    console: str


class Architecture(Enum):
    """An architecture by Debian's (and Go's) name."""

    AMD64 = "amd64"
    ARM64 = "arm64"

    @property
    def traits(self) -> Traits:
        return _TRAITS[self]

    @property
    def kernel_package(self) -> str:
        return f"linux-image-cloud-{self.value}"

    @property
    def foreign(self) -> "Architecture":
        """The other one."""
        return Architecture.ARM64 if self is Architecture.AMD64 else Architecture.AMD64


_TRAITS = {
    Architecture.AMD64: Traits(
        machine="x86_64",
        triplet="x86_64-linux-gnu",
        elf_machine=62,
        emulator="qemu-system-x86_64",
        emulator_package="qemu-system-x86",
        emulated=("-machine", "q35", "-cpu", "max"),
        console="ttyS0",
    ),
    Architecture.ARM64: Traits(
        machine="aarch64",
        triplet="aarch64-linux-gnu",
        elf_machine=183,
        emulator="qemu-system-aarch64",
        emulator_package="qemu-system-arm",
        # The core of Graviton2, so that what a newer core could do is missing here as it is there.
        emulated=("-machine", "virt,gic-version=3", "-cpu", "neoverse-n1"),
        console="ttyAMA0",
    ),
}


def native() -> Architecture:
    """The architecture of this machine; raises LabError when it is neither amd64 nor arm64."""
    machine = platform.machine()
    for architecture in Architecture:
        if architecture.traits.machine == machine:
            return architecture
    raise LabError(f"This machine is {machine!r}; a lab needs x86_64 or aarch64.")
