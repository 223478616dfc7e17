"""What commands of this machine printed that the stack keeps as a secret: keys of lab hosts, which exist nowhere else."""

from __future__ import annotations

import json
import os
from pathlib import Path

from rehearsal.state import State
from rehearsal.values import Digest, leaves
from rehearsal.vault import Vault


class Keyring:
    """A file beside a pretended stack's state, readable by its owner only, as the hosts' own keys in the lab are.

    A real stack's state has such outputs encrypted; the rehearsal's has only their digest, which a second run cannot use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._texts: list[str] = json.loads(path.read_text()) if path.exists() else []

    def add(self, text: str) -> None:
        """Keep the text from now on."""
        if text not in self._texts:
            self._texts.append(text)
            self._save()

    def unlock(self, state: State, vault: Vault) -> None:
        """Tell the vault those texts of which the state has digests, and forget the others."""
        digests = {
            leaf
            for resource in state.resources
            for leaf in leaves({**resource.inputs, **resource.outputs})
            if isinstance(leaf, Digest)
        }
        probe = Vault(state.salt)
        self._texts = [text for text in self._texts if probe.digest(text) in digests]
        for text in self._texts:
            vault.digest(text)

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(self._texts, file)
        temporary.replace(self._path)
