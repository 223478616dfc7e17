"""What a failed login means is told from the words of clients and servers as they really are."""

import pytest

from logins.refused import meaning


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("cannot reach deploy@10.0.0.1:22 by SSH: login refused (Permission denied)", "authorized_keys"),
        (
            "after 2 failed attempts: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], "
            "no supported methods remain",
            "authorized_keys",
        ),
        ("error receiving version packet from server: packet too long", "prints something"),
        ("copying to x: Max packet size exceeded", "prints something"),
        ("ssh: subsystem request failed", "Subsystem sftp"),
        ("Session request failed", "Subsystem sftp"),
        ("This service allows sftp connections only.", "ForceCommand"),
        ("Process exited with status 1: This account is currently not available.", "chsh"),
        ("sudo: a password is required", "NOPASSWD"),
        ("sudo: sorry, you must have a tty to run sudo", "!requiretty"),
        ("deploy is not in the sudoers file.", "NOPASSWD"),
        ("ssh: this private key is passphrase protected", "ssh-add"),
        ("ssh: handshake failed: read tcp 10.0.0.1:22: connection reset by peer", "PerSourcePenalties"),
    ],
)
def test_a_failed_login_is_explained(said: str, told: str) -> None:
    assert told in (meaning(said) or "")


@pytest.mark.parametrize("said", ["port 8080 is in use by pid 33", "FAILED shop at step health: 500", ""])
def test_other_failures_are_left_as_they_are(said: str) -> None:
    assert meaning(said) is None
