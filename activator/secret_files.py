"""Secrets that a slot's process gets as files, by systemd's LoadCredential=, instead of in its environment."""

from __future__ import annotations

import base64
import binascii

from activator.failure import Refused
from activator.host import Host
from activator.manifest import Release

LARGEST = 1 << 20  # bytes of all of them, which is what systemd hands on


def in_environment(release: Release, secrets: dict[str, str]) -> dict[str, str]:
    """The others."""
    return {name: value for name, value in secrets.items() if name not in release.secret_files}


def contents(
    host: Host, release: Release, slot: str, secrets: dict[str, str] | None
) -> dict[str, bytes | None]:
    """Path -> what the slot's file shall hold; None for one that no release in this slot wants any more.

    Secrets None: those that the slot has, or else the other one.
    """
    wanted: dict[str, bytes | None] = {}
    for name, form in release.secret_files.items():
        path = release.secret_file(slot, name)
        if secrets is None:
            slots = [slot, *(other for other in release.slots if other != slot)]
            kept = [host.read(release.secret_file(each, name)) for each in slots]
            wanted[path] = next((data for data in kept if data is not None), None)
        else:
            wanted[path] = _decoded(name, form, secrets)
    if sum(len(data or b"") for data in wanted.values()) > LARGEST:
        raise Refused(
            f"the secret files have more than {LARGEST} bytes together, which systemd does not hand on"
        )
    directory = f"{release.conf}/{slot}.secrets.d"
    there = [f"{directory}/{name}" for name in host.names(directory) if not name.startswith(".")]
    return {**dict.fromkeys(there), **wanted}


def _decoded(name: str, form: str, secrets: dict[str, str]) -> bytes:
    if name not in secrets:
        raise Refused(
            f"the service wants the secret {name} as a file, and it was not given: set it in slipway:secrets"
        )
    if form == "text":
        return secrets[name].encode()
    try:
        return base64.b64decode("".join(secrets[name].split()), validate=True)
    except binascii.Error:
        raise Refused(f"secret {name} is said to be base64 and is not: encode it with `base64`") from None


def kept(host: Host, release: Release, slot: str) -> dict[str, str]:
    """Those that a slot has, as they were given."""
    found = {name: host.read(release.secret_file(slot, name)) for name in release.secret_files}
    return {
        name: data.decode() if release.secret_files[name] == "text" else base64.b64encode(data).decode()
        for name, data in found.items()
        if data is not None
    }
