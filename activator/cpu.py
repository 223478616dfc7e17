"""Whether a release runs on this CPU: the last gate before the staged binary itself must run."""

from __future__ import annotations

from activator.failure import Refused
from activator.host import Host
from activator.manifest import Release

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# What /proc/cpuinfo must list for a level (x86-64 psABI; Arm ARM by the names of Linux's elf_hwcaps); each
# adds to those before it.
LEVELS = {
    "amd64": {
        "v1": "",
        "v2": "cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3",
        "v3": "abm avx avx2 bmi1 bmi2 f16c fma movbe xsave",
        "v4": "avx512f avx512bw avx512cd avx512dq avx512vl",
    },
    "arm64": {
        "v8.0": "",
        "v8.1": "atomics crc32 asimdrdm",
        "v8.2": "dcpop",
        "v8.3": "fcma jscvt lrcpc",
        "v8.4": "dit flagm ilrcpc uscat",
        "v8.5": "flagm2 frint sb",
        "v9.0": "sve2",
    },
}


def check(host: Host, release: Release) -> None:
    """Refuses a release for another architecture, or for a level whose features this CPU lacks."""
    wanted, level = release.manifest["architecture"], release.manifest.get("level")
    if wanted is None:
        return
    machine, features = host.cpu()
    if ARCHITECTURES.get(machine) != wanted:
        raise Refused(
            f"the release is for {wanted}, this host is {ARCHITECTURES.get(machine, machine)} "
            f"(uname -m: {machine}): correct the host's architecture in the settings"
        )
    if level is None:
        return
    levels = list(LEVELS[wanted])
    if level not in levels:
        raise Refused(f"{level!r} is no level of {wanted} that is known here: {', '.join(levels)}")
    below = levels[: levels.index(level) + 1]
    missing = [word for name in below for word in LEVELS[wanted][name].split() if word not in features]
    if missing:
        raise Refused(
            f"the release needs {wanted} {level}; this CPU lacks {', '.join(missing)}: build for less"
        )
