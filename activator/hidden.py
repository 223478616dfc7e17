"""Secrets of a release without a process of its own, as files of the program that it configures."""

from __future__ import annotations

from activator.failure import Refused
from activator.files import File
from activator.host import Host
from activator.manifest import Release


def files(host: Host, release: Release, secrets: dict[str, str] | None) -> list[File]:
    """As they shall be. Secrets None: those that are there."""
    found = []
    for name, file in release.hidden.items():
        path = file["target"]
        data = host.read(path) if secrets is None else _given(name, secrets)
        if data is None:
            raise Refused(f"{path} is gone, and its secret {name} was not given: run `up`")
        found.append(File(path, data, 0o640, "root", file["group"]))
    return found


def drift(host: Host, release: Release, secrets: dict[str, str] | None) -> list[str]:
    """Those that are not as they shall be."""
    gone = [file["target"] for file in release.hidden.values() if host.entry(file["target"]) is None]
    return gone or [file.path for file in files(host, release, secrets) if not file.in_place(host)]


def _given(name: str, secrets: dict[str, str]) -> bytes:
    if name not in secrets:
        raise Refused(
            f"the secret {name} is wanted as a file, and it was not given: set it in slipway:secrets"
        )
    return secrets[name].encode()
