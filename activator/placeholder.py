"""What stands in braces in a release's texts and is filled in for each slot: its ports and where its files are."""

from __future__ import annotations

import re

from activator.manifest import Release


def placeholders(release: Release, slot: str) -> dict[str, str]:
    """By the name in braces."""
    found = {
        "files": release.own_files(slot),
        "secretFiles": f"/run/credentials/{release.unit(slot)}",
        **{name: value for name, (_, value) in of_its_kind(release, slot).items()},
    }
    return {**found, **{f"port:{name}": str(ports[slot]) for name, ports in release.ports.items()}}


def of_its_kind(release: Release, slot: str) -> dict[str, tuple[str, str]]:
    """What a service has and a worker has not, and the other way round: name in braces -> name in the environment, value."""
    found: dict[str, tuple[str, str]] = {}
    if release.slots[slot] is not None:
        found["port"] = ("SLIPWAY_PORT", str(release.slots[slot]))
    if (release.health or {}).get("fileAge"):
        found["healthFile"] = ("SLIPWAY_HEALTH_FILE", release.health_file(slot))
    return found


def filled(text: str, values: dict[str, str]) -> str:
    """The text with them in their place; other braces stay."""
    return re.sub(r"\{([A-Za-z]+(?::[a-z0-9]+)?)\}", lambda found: values.get(found[1], found[0]), text)


def variables(release: Release, slot: str, memory: int) -> dict[str, str]:
    """The same for the process's own environment, and how much of the machine's `memory` (bytes) Go should use."""
    found = {
        "SLIPWAY_SLOT": slot,
        "SLIPWAY_RELEASE": release.id,
        "SLIPWAY_FILES": release.own_files(slot),
        **dict(of_its_kind(release, slot).values()),
    }
    limit = memory_limit(release.manifest.get("memory"), memory)
    return {
        **found,
        **({"GOMEMLIMIT": f"{limit}MiB"} if limit else {}),
        **{f"SLIPWAY_PORT_{name.upper()}": str(ports[slot]) for name, ports in release.ports.items()},
    }


def memory_limit(limit: str | None, memory: int) -> int:
    """90 % of what the unit may use, in MiB, so that Go collects before the kernel kills; 0 for no limit.

    Of a share it is a multiple of 32, since two boots do not always find the same memory.
    """
    found = re.fullmatch(r"(\d+)([KMGT%]?)", limit or "")
    if not found:
        return 0
    number, unit = int(found.group(1)), found.group(2)
    if unit == "%":
        return memory * number // 100 * 9 // 10 >> 25 << 5
    return number * 1024 ** " KMGT".index(unit or " ") * 9 // 10 >> 20
