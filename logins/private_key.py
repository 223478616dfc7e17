"""Whether a file holds a private key that every engine can log in with, and if not, why. Not for using it."""

from __future__ import annotations

import base64
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


def public(path: Path) -> str | None:
    """Its public half as `KIND BASE64`, which a file of OpenSSH's own form shows without its passphrase; None for other forms."""
    text = path.read_text(encoding="ascii", errors="replace")
    body = re.search(r"-----BEGIN OPENSSH PRIVATE KEY-----(.*?)-----END", text, re.DOTALL)
    try:
        _, blob = _head(body.group(1)) if body else (b"", b"")
        return f"{_text(blob)[0].decode('ascii')} {base64.b64encode(blob).decode()}" if blob else None
    except ValueError:
        return None


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
    try:
        cipher, blob = _head(body)
        kind = _text(blob)[0].decode("ascii")
    except ValueError:
        return "is damaged; copy it again, or make another one with `ssh-keygen -t ed25519`"
    if cipher != b"none":
        return PASSPHRASE
    if kind.startswith("sk-"):
        return "needs a security key that is touched; add it to the agent with `ssh-add {path}`, and remove privateKeyFile"
    return None if kind in KINDS else _other(kind)


def _head(body: str) -> tuple[bytes, bytes]:
    """The cipher and the first key's public half. In between stand how the cipher's key is derived, and how many keys there are
    (openssh:PROTOCOL.key). Raises ValueError."""
    data = base64.b64decode("".join(body.split()), validate=True)
    if not data.startswith(MAGIC):
        raise ValueError
    cipher, rest = _text(data[len(MAGIC) :])
    for _ in range(2):
        _, rest = _text(rest)
    return cipher, _text(rest[4:])[0]


def _text(data: bytes) -> tuple[bytes, bytes]:
    """What stands first, and the rest."""
    end = 4 + int.from_bytes(data[:4], "big")
    if len(data) < end:
        raise ValueError
    return data[4:end], data[end:]


def _other(kind: str) -> str:
    made = "make one with `ssh-keygen -t ed25519`"
    return f"is a key of the kind {kind}, which hosts refuse; allowed are ed25519, ECDSA and RSA: {made}"
