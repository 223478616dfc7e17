"""Private keys that no engine can log in with are told before anybody tries, with what to do; keys made by OpenSSH itself."""

import subprocess
from pathlib import Path

import pytest

from logins import private_key


def made(folder: Path, *options: str, passphrase: str = "") -> Path:
    path = folder / "key"
    words = ["ssh-keygen", "-q", "-N", passphrase, "-f", str(path), *options]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"this ssh-keygen makes no such key: {done.stderr.strip()}")
    return path


KINDS = [
    ("-t", "ed25519"),
    ("-t", "rsa", "-b", "2048"),
    ("-t", "ecdsa", "-b", "384"),
    ("-t", "rsa", "-b", "2048", "-m", "PEM"),
    ("-t", "ecdsa", "-m", "PKCS8"),
]


@pytest.mark.parametrize("options", KINDS, ids=" ".join)
def test_a_key_without_a_passphrase_is_taken(tmp_path: Path, options: tuple[str, ...]) -> None:
    assert private_key.fault(made(tmp_path, *options)) is None


@pytest.mark.parametrize("passphrase", ["", "open sesame"])
def test_a_file_of_opensshs_own_form_shows_its_public_half(tmp_path: Path, passphrase: str) -> None:
    path = made(tmp_path, "-t", "ed25519", passphrase=passphrase)
    assert private_key.public(path) == " ".join(path.with_suffix(".pub").read_text().split()[:2])


def test_no_other_form_does(tmp_path: Path) -> None:
    assert private_key.public(made(tmp_path, "-t", "rsa", "-b", "2048", "-m", "PEM")) is None
    (tmp_path / "damaged").write_text(
        "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"
    )
    assert private_key.public(tmp_path / "damaged") is None


@pytest.mark.parametrize("options", KINDS, ids=" ".join)
def test_a_key_with_a_passphrase_belongs_into_the_agent(tmp_path: Path, options: tuple[str, ...]) -> None:
    path = made(tmp_path, *options, passphrase="open sesame")
    said = private_key.fault(path)
    assert (
        said
        and "has a passphrase" in said
        and f"`ssh-add {path}`" in said
        and "remove privateKeyFile" in said
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here\n", "public half"),
        ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "puttygen"),
        ("-----BEGIN DSA PRIVATE KEY-----\nMIIBuw==\n-----END DSA PRIVATE KEY-----\n", "kind DSA"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\n-----END OPENSSH PRIVATE KEY-----\n", "damaged"),
        ("-----BEGIN CERTIFICATE-----\nMIIBuw==\n-----END CERTIFICATE-----\n", "no private key"),
        ("", "no private key"),
        ("schlüssel", "no private key"),
    ],
)
def test_a_file_that_is_no_such_key_is_told_from_one(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "key").write_text(text)
    said = private_key.fault(tmp_path / "key")
    assert said and words in said


def test_a_key_that_must_be_touched_belongs_into_the_agent(tmp_path: Path) -> None:
    """Its format as OpenSSH's PROTOCOL.key has it, since one cannot be made without the device."""
    import base64

    def text(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    public = text(text(b"sk-ssh-ed25519@openssh.com") + text(b"\1" * 32) + text(b"ssh:"))
    data = (
        private_key.MAGIC + text(b"none") + text(b"none") + text(b"") + b"\0\0\0\1" + public + text(b"x" * 64)
    )
    body = base64.b64encode(data).decode()
    (tmp_path / "key").write_text(
        f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\n"
    )
    said = private_key.fault(tmp_path / "key")
    assert said and "security key" in said and "ssh-add" in said
