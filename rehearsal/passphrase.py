"""Decrypts the `secure:` values of a stack that is encrypted with a passphrase. Not for any other secrets provider.

Format (pulumi/pulumi:sdk/go/common/resource/config/crypt.go): a value is `v1:NONCE:CIPHERTEXT`, both base64, AES-256-GCM.
The salt is `v1:SALT:VALUE`, where VALUE is the word "pulumi" encrypted, so that a wrong passphrase is noticed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from functools import cached_property
from hashlib import pbkdf2_hmac
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal.stack_yaml import StackFileError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROUNDS = 1_000_000
"""PBKDF2-SHA256 iterations; about half a second, so the key is made only when there is something to decrypt."""

KEY_BYTES = 32
CHECK_WORD = "pulumi"


class Passphrase:
    """Decrypts values of one stack; the key is derived once, at the first value."""

    def __init__(self, *, salt: str, environment: Mapping[str, str]) -> None:
        """`salt` is the stack file's `encryptionsalt`; the passphrase comes out of `environment`."""
        self._state = salt
        self._environment = environment

    def decrypt(self, ciphertext: str) -> str:
        """The plain text of one value. Raises StackFileError when the passphrase is missing or wrong or the value damaged."""
        from cryptography.exceptions import InvalidTag

        try:
            return _open(self._cipher, ciphertext)
        except InvalidTag:
            raise StackFileError(
                "a secure value was encrypted with another passphrase or is damaged; set it again with "
                "`pulumi config set --secret`"
            ) from None

    @cached_property
    def _cipher(self) -> AESGCM:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        version, _, rest = self._state.partition(":")
        salt, _, check = rest.partition(":")
        if version != "v1" or not check:
            raise StackFileError(
                "encryptionsalt must have the form v1:SALT:CHECK; restore the line the CLI wrote"
            )
        phrase = read_passphrase(self._environment)
        cipher = AESGCM(pbkdf2_hmac("sha256", phrase.encode(), _decode(salt), ROUNDS, KEY_BYTES))
        try:
            word = _open(cipher, check)
        except InvalidTag:
            word = ""
        if word != CHECK_WORD:
            raise StackFileError(
                "incorrect passphrase: it does not fit this stack's encryptionsalt; check PULUMI_CONFIG_PASSPHRASE or the file "
                "named by PULUMI_CONFIG_PASSPHRASE_FILE"
            )
        return cipher


def read_passphrase(environment: Mapping[str, str]) -> str:
    """PULUMI_CONFIG_PASSPHRASE (an empty one counts), else the stripped content of the file that
    PULUMI_CONFIG_PASSPHRASE_FILE names.
    """
    phrase = environment.get("PULUMI_CONFIG_PASSPHRASE")
    if phrase is not None:
        return phrase
    file = environment.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if not file:
        raise StackFileError(
            "the stack file holds encrypted values: passphrase must be set with PULUMI_CONFIG_PASSPHRASE or "
            "PULUMI_CONFIG_PASSPHRASE_FILE"
        )
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StackFileError(f"cannot read PULUMI_CONFIG_PASSPHRASE_FILE {file}: {error}") from None


def _open(cipher: AESGCM, text: str) -> str:
    parts = text.split(":")
    if len(parts) != 3 or parts[0] != "v1":
        raise StackFileError(
            "a secure value must have the form v1:NONCE:CIPHERTEXT; set it again with the CLI"
        )
    nonce = _decode(parts[1])
    if len(nonce) != 12:
        raise StackFileError(
            f"a secure value has a nonce of {len(nonce)} bytes instead of 12; set it again with the CLI"
        )
    return cipher.decrypt(nonce, _decode(parts[2]), None).decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise StackFileError(
            "a secure value or encryptionsalt is not base64; set it again with the CLI"
        ) from None
