"""What a new machine is told at its first start, for cloud-init. The same arguments give the same text."""

import json
from collections.abc import Sequence


def cloud_config(
    *,
    user: str,
    public_key: str,
    host_key_private: str,
    host_key_public: str,
    packages: Sequence[str],
    administrator: bool = True,
) -> str:
    """One user with one key, one SSH host key, `packages`, and nothing else; JSON, which is YAML that needs no quoting rules.

    The image's own user is not made, since `users` does not name `default`; other host keys are not made, since `ssh_keys` has
    one. Without `administrator` the user may not become root.
    """
    login = {
        "name": user,
        "shell": "/bin/bash",
        "lock_passwd": True,
        "ssh_authorized_keys": [public_key.strip()],
    }
    if administrator:
        login["sudo"] = "ALL=(ALL) NOPASSWD:ALL"
    told = {
        "users": [login],
        "disable_root": True,
        "ssh_pwauth": False,
        "ssh_keys": {"ed25519_private": host_key_private, "ed25519_public": host_key_public.strip()},
    }
    if packages:
        told["packages"] = list(packages)
    return f"#cloud-config\n{json.dumps(told, indent=1)}\n"
