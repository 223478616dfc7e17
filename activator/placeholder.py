"""What stands in braces in a release's texts and is filled in for each slot: its ports and where its files are."""

from __future__ import annotations

import re

from activator.manifest import Release


def placeholders(release: Release, slot: str) -> dict[str, str]:
    """By the name in braces."""
    found = {
        "port": str(release.slots[slot]),
        "files": release.own_files(slot),
        "secretFiles": f"/run/credentials/{release.unit(slot)}",
    }
    return {**found, **{f"port:{name}": str(ports[slot]) for name, ports in release.ports.items()}}


def filled(text: str, values: dict[str, str]) -> str:
    """The text with them in their place; other braces stay."""
    return re.sub(r"\{([A-Za-z]+(?::[a-z0-9]+)?)\}", lambda found: values.get(found[1], found[0]), text)


def variables(release: Release, slot: str) -> dict[str, str]:
    """The same for the process's own environment."""
    found = {
        "SLIPWAY_SLOT": slot,
        "SLIPWAY_PORT": str(release.slots[slot]),
        "SLIPWAY_RELEASE": release.id,
        "SLIPWAY_FILES": release.own_files(slot),
    }
    return {
        **found,
        **{f"SLIPWAY_PORT_{name.upper()}": str(ports[slot]) for name, ports in release.ports.items()},
    }
