"""The secrets of one run: turns them into digests, finds them again by digest, masks them in text. Keeps no file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection

from rehearsal.values import UNKNOWN, Asset, Digest, Secret, Value, Values, leaves

MASK = "[secret]"
PLACEHOLDER = "rehearsal-secret:"
SHORTEST_MASKED = 3
"""Characters; masking shorter secrets would garble every text and hide little."""


class Vault:
    """Knows every secret that the program showed in this run. `salt` is the stack's."""

    def __init__(self, salt: str) -> None:
        self._salt = bytes.fromhex(salt)
        self._digests: dict[str, Digest] = {}
        self._values: dict[Digest, Value] = {}
        self._masked: set[str] = set()
        self._texts: list[str] = []

    def learn(self, text: str) -> None:
        """Mask this text, and each line of it, from now on."""
        lines = [line.strip() for line in text.splitlines()] if "\n" in text else []
        new = {part for part in (text.strip(), *lines) if len(part) >= SHORTEST_MASKED} - self._masked
        if new:
            self._masked |= new
            self._texts = sorted(self._masked, key=len, reverse=True)

    def mask(self, text: str) -> str:
        """The text without any secret known so far."""
        for secret in self._texts:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def digest(self, value: Value) -> Digest:
        """The digest of one secret leaf, which from now on is known and masked."""
        if isinstance(value, str) and value.startswith(PLACEHOLDER):
            return Digest(value.removeprefix(PLACEHOLDER))
        if isinstance(value, str):
            self.learn(value)
        text = _canonical(value)
        if text not in self._digests:
            # scrypt, because a password may be short and the state file may be copied.
            raw = hashlib.scrypt(text.encode(), salt=self._salt, n=2**13, r=8, p=1, dklen=24)
            self._digests[text] = Digest(raw.hex())
            self._values[self._digests[text]] = value
        return self._digests[text]

    def conceal(self, values: Values, public: Collection[str] = ()) -> Values:
        """The values as the state keeps them: a Digest for every secret leaf whose dotted path is not public."""

        def visit(value: Value, path: str, secret: bool) -> Value:
            if isinstance(value, Secret):
                return visit(value.value, path, True)
            if isinstance(value, dict):
                return {
                    key: visit(item, f"{path}.{key}" if path else key, secret) for key, item in value.items()
                }
            if isinstance(value, list):
                return [visit(item, path, secret) for item in value]
            if not secret or value is None or value is UNKNOWN or isinstance(value, Digest) or path in public:
                return value
            return self.digest(value)

        return {key: visit(item, key, False) for key, item in values.items()}

    def reveal(self, value: Value) -> Value:
        """The value with its secrets put back as Secret; a Digest that this run has not seen becomes a placeholder,
        which `conceal` turns back into the same Digest."""
        if isinstance(value, dict):
            return {key: self.reveal(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.reveal(item) for item in value]
        if isinstance(value, Digest):
            return Secret(self._values.get(value, PLACEHOLDER + value.digest))
        return value


def has_placeholder(value: Value) -> bool:
    """Whether any part holds a secret that only its digest is left of."""
    return any(isinstance(leaf, str) and PLACEHOLDER in leaf for leaf in leaves(value))


def _canonical(value: Value) -> str:
    if isinstance(value, Asset):
        return json.dumps(["asset", value.archive, value.hash])
    return json.dumps(value)
