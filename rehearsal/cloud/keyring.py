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
        """Tell the vault those texts of which the state has digests."""
        for text in self._needed(state):
            vault.digest(text)

    def forget(self, state: State) -> None:
        """Keep only those texts of which the state has digests; without any, the file goes."""
        needed = self._needed(state)
        if needed != self._texts:
            self._texts = needed
            self._save()
        if not needed:
            self._path.unlink(missing_ok=True)

    def _needed(self, state: State) -> list[str]:
        digests = {
            leaf
            for resource in state.resources
            for leaf in leaves({**resource.inputs, **resource.outputs})
            if isinstance(leaf, Digest)
        }
        # A vault masks what it is shown, so that one of its own looks through them.
        probe = Vault(state.salt)
        return [text for text in self._texts if probe.digest(text) in digests]

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(self._texts, file)
        temporary.replace(self._path)
