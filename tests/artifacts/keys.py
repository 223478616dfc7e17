"""Keys that sign, made for a test."""

import subprocess
from pathlib import Path


def new(path: Path) -> tuple[Path, str]:
    """The private key's file, and the public key as a stack file has it."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
    return path, path.with_name(f"{path.name}.pub").read_text().strip()
