"""Signatures of statements, in OpenSSH's form, which every host can verify with what it has."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from model.refusal import Refusal

NAMESPACE = "slipway"
"""Says what is signed, so that a signature for something else is none for this; activator/signature.py has the same."""
SIGNER = "slipway"


def sign(content: bytes, key: Path) -> bytes:
    """With the private key in the file `key`, or its public half where an agent has it. Raises Refusal."""
    if not key.is_file():
        raise Refusal([f"there is no key {key}; make one with `ssh-keygen -t ed25519 -f {key}`"])
    done = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", NAMESPACE, "-f", str(key)], input=content, capture_output=True
    )
    if done.returncode:
        why = " ".join(done.stderr.decode(errors="replace").split())
        raise Refusal([f"{key} does not sign ({why}); a key with a passphrase has to be in the agent"])
    return done.stdout


def fault(content: bytes, signature: bytes | None, key: str) -> str:
    """What is wrong with the signature; empty when `key` (as in a .pub file) made it."""
    if signature is None:
        return "it is not signed"
    with tempfile.TemporaryDirectory(prefix="slipway-") as folder:
        signers, made = Path(folder, "signers"), Path(folder, "signature")
        signers.write_text(f"{SIGNER} {key}\n")
        made.write_bytes(signature)
        words = [
            "ssh-keygen",
            "-Y",
            "verify",
            "-n",
            NAMESPACE,
            "-I",
            SIGNER,
            "-f",
            str(signers),
            "-s",
            str(made),
        ]
        done = subprocess.run(words, input=content, capture_output=True)
    return "" if done.returncode == 0 else "its signature is not one of that key over these bytes"
