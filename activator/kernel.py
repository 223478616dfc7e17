"""Values of the kernel that a release wants. What a kernel or container does not take is told, and is no failure."""

from __future__ import annotations

import json
from typing import Any

from activator.host import Host
from activator.ledger import Ledger
from activator.manifest import STATE, Release
from activator.neighbours import neighbours


def seen(host: Host, release: Release, before: Release | None) -> dict[str, str | None]:
    """The values now of all that may be changed, so that they can be put back."""
    names = {**wanted(before), **wanted(release)}
    return {name: host.kernel(name) for name in names}


def wanted(release: Release | None) -> dict[str, str]:
    return release.manifest.get("kernel") or {} if release else {}


def differing(host: Host, release: Release, directory: str) -> list[str]:
    """Those that are not as the release has them, but for what was not taken."""
    refused = kept(host, directory)["refused"]
    return [
        name
        for name, value in wanted(release).items()
        if refused.get(name) != value and not same(host.kernel(name), value)
    ]


def change(host: Host, release: Release, before: Release | None, ledger: Ledger) -> str | None:
    """Sets them. What no release here wants any more is as it was before the first one that did."""
    known, theirs = kept(host, ledger.directory), of_others(host, release.service)
    refused: dict[str, str] = {}
    why: dict[str, str] = {}
    for name, value in wanted(release).items():
        was = host.kernel(name)
        if name in theirs:  # else whoever goes last would not know what to give back
            known["before"].setdefault(name, theirs[name])
        if same(was, value):
            continue
        known["before"].setdefault(name, was)
        said = host.set_kernel(name, value)
        if said:
            refused[name], why[name] = value, said
    give_back(host, set(wanted(before)) - set(wanted(release)), known["before"], release.service)
    changed = {"before": known["before"], "refused": refused}
    if changed != kept(host, ledger.directory):
        host.write(path(ledger.directory), json.dumps(changed, sort_keys=True).encode(), 0o600)
    if not why:
        return None
    told = ", ".join(f"{name} ({reason})" for name, reason in why.items())
    return f"warning: this kernel does not take {told}: it goes on with its own"


def of_others(host: Host, service: str) -> dict[str, Any]:
    """Values before the first of the other services here that set them."""
    found: dict[str, Any] = {}
    for release in neighbours(host, service):
        found |= kept(host, f"{STATE}/{release.service}")["before"]
    return found


def give_back(host: Host, names: set[str], before: dict[str, Any], service: str) -> None:
    others = {name for release in neighbours(host, service) for name in wanted(release)}
    for name in sorted(names - others):
        value = before.pop(name, None)
        if value is not None:
            host.set_kernel(name, value)


def take_off(host: Host, release: Release, directory: str) -> None:
    """When the service goes."""
    give_back(host, set(wanted(release)), kept(host, directory)["before"], release.service)
    host.remove(path(directory))


def restore(host: Host, values: dict[str, str | None]) -> None:
    """As they were seen."""
    for name, value in values.items():
        if value is not None and not same(host.kernel(name), value):
            host.set_kernel(name, value)


def same(found: str | None, value: str) -> bool:
    return found is not None and found.split() == value.split()


def path(directory: str) -> str:
    return f"{directory}/kernel.json"


def kept(host: Host, directory: str) -> dict[str, dict[str, Any]]:
    """Values before the first release here that set them, and those that were not taken."""
    data = host.read(path(directory))
    return json.loads(data) if data else {"before": {}, "refused": {}}
