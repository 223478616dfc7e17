"""Whether the SSH agent of this machine can help: asked how many keys it has, over its own socket."""

from __future__ import annotations

import socket

REQUEST, ANSWER = b"\0\0\0\1\x0b", 12
"""SSH_AGENTC_REQUEST_IDENTITIES and SSH_AGENT_IDENTITIES_ANSWER of draft-ietf-sshm-ssh-agent."""
TRIES = 6
"""Keys that an sshd lets somebody try, its MaxAuthTries."""
START = "start one with `eval $(ssh-agent)` and `ssh-add KEY`"


def fault(path: str | None, wanted: bool) -> str | None:
    """What will go wrong at each login, in one sentence. `wanted`: a login names no private key, so the agent must have it."""
    if not path:
        missing = (
            f"there is no SSH agent (SSH_AUTH_SOCK is not set) and login.privateKeyFile is not set: {START}"
        )
        return f"{missing}, or set privateKeyFile." if wanted else None
    try:
        keys = _keys(path)
    except (OSError, ValueError) as error:
        # The provider asks it even where a private key is named.
        return f"no SSH agent answers at SSH_AUTH_SOCK={path} ({error}), so each login will fail: {START}, or unset the variable."
    if wanted and not keys:
        return f"the SSH agent at {path} has no key: add one with `ssh-add KEY`, or set login.privateKeyFile."
    if wanted and keys > TRIES:
        return (
            f"the SSH agent at {path} has {keys} keys, of which most servers let {TRIES} be tried: "
            "set login.privateKeyFile, or take the others out with `ssh-add -d KEY`."
        )
    return None


def _keys(path: str) -> int:
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(2)
        stream.connect(path)
        stream.sendall(REQUEST)
        head = b""
        while len(head) < 9:
            block = stream.recv(9 - len(head))
            if not block:
                raise ValueError("it closed the connection")
            head += block
    if head[4] != ANSWER:
        raise ValueError("it refused to list its keys; is it locked?")
    return int.from_bytes(head[5:9], "big")
