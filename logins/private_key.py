"""Whether a file holds a private key that every engine can log in with, and if not, why. Not for using it."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path

MAGIC = b"openssh-key-v1\0"
KINDS = ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
PASSPHRASE = "has a passphrase, and nobody is asked for one; add it to the agent with `ssh-add {path}`, and remove privateKeyFile"


def fault(path: Path) -> str | None:
    """What is wrong with it and what to do, as the end of a sentence about the file; None when nothing is."""
    try:
        text = path.read_text(encoding="ascii")
    except OSError as error:
        return f"cannot be read ({error.strerror}); let who deploys read it, and nobody else"
    except UnicodeDecodeError:
        text = ""
    found = _fault(text)
    return found.replace("{path}", str(path)) if found else None


def _fault(text: str) -> str | None:
    if re.match(r"(ssh-|ecdsa-|sk-)\S+ AAAA", text) or "PUBLIC KEY-----" in text:
        return "is the public half of a key; name the private one, most often the same path without .pub"
    if text.startswith("PuTTY-User-Key-File"):
        return "is a key of PuTTY; write it anew with `puttygen {path} -O private-openssh -o FILE`"
    kind = re.search(r"-----BEGIN ([A-Z ]*)PRIVATE KEY-----\s+(.*?)-----END", text, re.DOTALL)
    if not kind:
        return "holds no private key; make one with `ssh-keygen -t ed25519`"
    name, body = kind.group(1).strip(), kind.group(2)
    if name == "ENCRYPTED" or "4,ENCRYPTED" in body:
        return PASSPHRASE
    if name == "DSA":
        return _other("DSA")
    return _of_openssh(body) if name == "OPENSSH" else None


def _of_openssh(body: str) -> str | None:
    """openssh:PROTOCOL.key: the cipher, how its key is derived, how many keys, and the first one's public half."""
    try:
        data = base64.b64decode("".join(body.split()), validate=True)
        assert data.startswith(MAGIC)
        cipher, rest = _text(data[len(MAGIC) :])
        for _ in range(2):
            _, rest = _text(rest)
        public, _ = _text(rest[4:])
        kind = _text(public)[0].decode("ascii")
    except (AssertionError, ValueError, binascii.Error):
        return "is damaged; copy it again, or make another one with `ssh-keygen -t ed25519`"
    if cipher != b"none":
        return PASSPHRASE
    if kind.startswith("sk-"):
        return "needs a security key that is touched; add it to the agent with `ssh-add {path}`, and remove privateKeyFile"
    return None if kind in KINDS else _other(kind)


def _text(data: bytes) -> tuple[bytes, bytes]:
    """What stands first, and the rest."""
    end = 4 + int.from_bytes(data[:4], "big")
    if len(data) < end:
        raise ValueError
    return data[4:end], data[end:]


def _other(kind: str) -> str:
    made = "make one with `ssh-keygen -t ed25519`"
    return f"is a key of the kind {kind}, which hosts refuse; allowed are ed25519, ECDSA and RSA: {made}"
