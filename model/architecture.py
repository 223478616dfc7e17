"""Processor architectures that a service can be built for, and what Go, ELF, Linux and Debian call them.

Not here: which architecture an instance type has.
"""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the tools call one architecture. Numbers: <elf.h>; levels: `go help environment`."""

    level_variable: str
    default_level: str
    level_pattern: str
    level_help: str
    elf_machine: int
    elf_name: str
    uname: str


class Architecture(Enum):
    """A processor architecture; its value is what Go and Debian both call it."""

    AMD64 = "amd64"
    ARM64 = "arm64"

    @property
    def goarch(self) -> str:
        """The value of GOARCH, in build settings and in a binary's build information."""
        return self.value

    @property
    def debian(self) -> str:
        """What Debian calls it in package and image names."""
        return self.value

    @property
    def level_variable(self) -> str:
        """The environment variable by which Go takes the instruction-set level: GOAMD64 or GOARM64."""
        return _FACTS[self].level_variable

    @property
    def default_level(self) -> str:
        """The level that every processor of this architecture has."""
        return _FACTS[self].default_level

    @property
    def elf_machine(self) -> int:
        """`e_machine` in the header of its ELF files."""
        return _FACTS[self].elf_machine

    @property
    def elf_name(self) -> str:
        """The name of `elf_machine` in <elf.h>."""
        return _FACTS[self].elf_name

    @property
    def uname(self) -> str:
        """What `uname -m` prints on such a host."""
        return _FACTS[self].uname

    @classmethod
    def parse(cls, text: str) -> Self:
        """The architecture of that name, exactly; ValueError otherwise, with what was probably meant."""
        try:
            return cls(text)
        except ValueError:
            allowed = " or ".join(repr(each.value) for each in cls)
            meant = next((each for each in cls if text in (each.uname, *_OTHER_NAMES[each])), None)
            hint = f"; write {meant.value!r}" if meant else ""
            raise ValueError(f"architecture {text!r} is unknown: it must be {allowed}{hint}") from None

    def check_level(self, level: str) -> str:
        """Return `level` if Go knows it here; ValueError otherwise, saying what is allowed."""
        facts = _FACTS[self]
        if not re.fullmatch(facts.level_pattern, level):
            raise ValueError(
                f"level {level!r} is unknown to {self.value}: {facts.level_variable} must be "
                f"{facts.level_help}"
            )
        return level


_FACTS = {
    Architecture.AMD64: Facts(
        level_variable="GOAMD64",
        default_level="v1",
        level_pattern=r"v[1-4]",
        level_help="v1, v2, v3 or v4",
        elf_machine=62,
        elf_name="EM_X86_64",
        uname="x86_64",
    ),
    Architecture.ARM64: Facts(
        level_variable="GOARM64",
        default_level="v8.0",
        level_pattern=r"(v8\.[0-9]|v9\.[0-5])(,lse)?(,crypto)?",
        level_help="v8.0 to v8.9 or v9.0 to v9.5, optionally followed by ',lse' and ',crypto'",
        elf_machine=183,
        elf_name="EM_AARCH64",
        uname="aarch64",
    ),
}
_OTHER_NAMES = {
    Architecture.AMD64: ("x86-64", "x64", "AMD64"),
    Architecture.ARM64: ("arm64v8", "ARM64", "graviton"),
}
