"""Whether a bundle's binary is one that a key has signed for. Asked before anything of the bundle is unpacked.

Signed is the statement that travels in the bundle (in-toto, SLSA provenance), which names binaries by their digests. OpenSSH's
own ssh-keygen verifies it: every host that is reached over SSH has it.
"""

from __future__ import annotations

import json
import os
from typing import Any

from activator.bundle import Bundle
from activator.failure import Refused
from activator.host import Host
from activator.manifest import STATE

STATEMENT, SIGNATURE = "provenance.json", "provenance.json.sig"
NAMESPACE = SIGNER = "slipway"
VERIFY = 'exec ssh-keygen -Y verify -n "$1" -I "$2" -f "$3" -s "$4" <"$5"'


def demand(host: Host, bundle: Bundle, key: str) -> None:
    """`key` is the type and the base64 of a public key, with a colon between. Raises Refused."""
    release = bundle.release
    if release.manifest["binary"] is None:
        return
    held = bundle.small(STATEMENT, SIGNATURE)
    if set(held) != {STATEMENT, SIGNATURE}:
        raise Refused(
            f"{release.id} of {release.service} is not signed, and release.signedBy wants it: promote it with KEY="
        )
    folder = f"{STATE}/{release.service}/.signed-{os.getpid()}"
    paths = [f"{folder}/{name}" for name in ("signers", SIGNATURE, STATEMENT)]
    real = [host.root + path for path in paths]
    contents = [f"{SIGNER} {key.replace(':', ' ', 1)}\n".encode(), held[SIGNATURE], held[STATEMENT]]
    try:
        host.directory(folder, 0o700)
        for path, content in zip(paths, contents):
            host.write(path, content, 0o600)
        done = host.run("sh", "-c", VERIFY, "sh", NAMESPACE, SIGNER, *real)
    finally:
        host.remove(folder)
    if done.code:
        raise Refused(
            f"the signature of {release.id} of {release.service} is not one of release.signedBy: {done.text[-200:]}"
        )
    if release.manifest["binary"]["sha256"] not in _named(held[STATEMENT]):
        raise Refused(f"the binary of {release.id} of {release.service} is none that was signed for")


def _named(content: bytes) -> list[str]:
    try:
        statement: Any = json.loads(content)
        return [subject["digest"]["sha256"] for subject in statement["subject"]]
    except (ValueError, KeyError, TypeError):
        raise Refused("what was signed is no statement about binaries") from None
