"""What a login's failure means and what to do, told from the words of sshd, of sudo and of the SSH clients that engines use."""

from __future__ import annotations

import re

KNOWN: tuple[tuple[str, str], ...] = (
    (
        r"login refused|unable to authenticate|no supported methods remain",
        "the host let none of the keys in: put the public half into ~/.ssh/authorized_keys of login.user there, or look with "
        "`ssh-add -l` whether the agent has the key; after refused logins an sshd may turn this machine away for a minute",
    ),
    (
        r"packet too long|Max packet size exceeded|receiving version packet",
        "the login shell prints something where SFTP should begin: let its start-up file end at once without a terminal, as in "
        "`case $- in *i*) ;; *) return ;; esac` at the top of ~/.bashrc; nologin is no shell: `chsh -s /bin/sh USER` gives one",
    ),
    (
        r"allows sftp connections only",
        "sshd runs nothing but SFTP for this user (ForceCommand): deploy as another one",
    ),
    (
        r"[Ss]ession request failed|subsystem request failed|[Ss]ubsystem request",
        "the host's sshd has no SFTP: put `Subsystem sftp internal-sftp` into its sshd_config and reload it",
    ),
    (
        r"account is currently not available|nologin",
        "the user has no login shell: give it one with `chsh -s /bin/sh USER` on the host",
    ),
    (
        r"sudo: .*(password is required|terminal is required|must have a tty)|not in the sudoers file|may not run sudo",
        "sudo must ask for neither password nor terminal: put `USER ALL=(ALL) NOPASSWD: ALL`, `Defaults:USER !requiretty` into "
        "/etc/sudoers.d/slipway on the host",
    ),
    (
        r"passphrase",
        "the private key has a passphrase: add it to the agent with `ssh-add`, and remove login.privateKeyFile",
    ),
    (
        r"connection reset by peer|[Cc]onnection lost|handshake failed: EOF|Not allowed at this time",
        "the host's sshd closed the connection before the login, as for a while after refused ones (PerSourcePenalties) or "
        "when too many are under way (MaxStartups): wait a minute and run it again",
    ),
)
"""The first that fits counts."""


def meaning(message: str) -> str | None:
    """One sentence; None for what is no trouble with a login, or is clear as it is."""
    return next((told for words, told in KNOWN if re.search(words, message)), None)
