"""What a new machine is told at its first start, for cloud-init. The same arguments give the same text."""

import json
import shlex
from collections.abc import Sequence
from typing import Any

PACKAGES = ("haproxy", "logrotate", "python3")
"""What the activator and the service's files need, and Debian's image may lack."""
PATIENCE = 600
"""Seconds for a first start; most of it is `apt-get`, which takes one minute on a small instance."""
SIGN_OF_LIFE = 60
"""Seconds between lines while a first start goes on: on newer types security groups forget what is silent for 350 s (EC2 User
Guide, "Security group connection tracking")."""
PROGRAM = "/var/lib/cloud/scripts/per-boot/slipway-first-start"
"""cloud-init runs what is there at the end of each boot: an instance that was stopped in between has to be proven again."""


def cloud_config(
    *,
    user: str,
    public_keys: Sequence[str],
    packages: Sequence[str],
    host_key: tuple[str, str] | None = None,
    administrator: bool = True,
    program: str | None = None,
) -> str:
    """One user with its keys, `packages`, and nothing else; JSON, which is YAML that needs no quoting rules.

    The image's own user is not made, since `users` does not name `default`. With `host_key` (private and public half) there is no
    other. Without `administrator` the user may not become root. `program` is a script that root runs at the end of each boot.
    """
    login: dict[str, Any] = {
        "name": user,
        "shell": "/bin/bash",
        "lock_passwd": True,
        "ssh_authorized_keys": [each.strip() for each in public_keys],
    }
    if administrator:
        login["sudo"] = "ALL=(ALL) NOPASSWD:ALL"
    told: dict[str, Any] = {"users": [login], "disable_root": True, "ssh_pwauth": False}
    if host_key:
        told["ssh_keys"] = {"ed25519_private": host_key[0], "ed25519_public": host_key[1].strip()}
    if packages:
        told |= {"package_update": True, "packages": list(packages)}
    if program:
        told["write_files"] = [{"path": PROGRAM, "permissions": "0700", "content": program}]
    return f"#cloud-config\n{json.dumps(told, indent=1)}\n"


OWN_KEY = "/etc/ssh/ssh_host_ecdsa_key"
"""The host key that a machine makes for itself: of another kind than that of its user data, to which the first connection is
pinned and which whoever may look at the instance can read."""


def let_in(public_keys: Sequence[str]) -> str:
    """Lets these keys in and no others, as the user whose keys they are: a first start is read once, and keys change."""
    keys = " ".join(shlex.quote(each.strip()) for each in public_keys)
    return f"""\
keys=~/.ssh/authorized_keys
(umask 077 && mkdir -p ~/.ssh && printf '%s\\n' {keys} >$keys.new && mv $keys.new $keys)"""


def finished(packages: Sequence[str], machine: str, volume: int, public_keys: Sequence[str]) -> str:
    """Waits until the first start of `machine` is over and what it had to install is there, under programs of the same names.

    cloud-init's own verdict is not asked: it also fails on what does not matter here. What is missing is tried once more, so that
    a mirror that was away needs no new machine. The disk has `volume` GiB: where it grew, so does the file system, which would
    wait for the next boot. At last `public_keys` are let in, should they be others than at the first start.

    The last line of its output is the public half of `OWN_KEY`, which is made when it is not there yet.
    """
    return f"""\
# {machine}, {volume} GiB
PATH=$PATH:/usr/sbin:/sbin log=/var/log/cloud-init-output.log
fail() {{ echo "$(hostname): $1; the end of $log:" >&2; sudo -n tail -n 20 "$log" >&2; exit 1; }}
lacking() {{ for program in {" ".join(packages)}; do command -v "$program" >/dev/null || printf '%s ' "$program"; done; }}
waited=0
until timeout {SIGN_OF_LIFE} cloud-init status --wait >/dev/null; [ $? != 124 ]; do
  waited=$((waited + {SIGN_OF_LIFE}))
  [ $waited -lt {PATIENCE} ] || fail "cloud-init is not done after {PATIENCE} s"
  echo "$(hostname): its first start goes on" >&2
done
[ -z "$(lacking)" ] || sudo -n timeout {PATIENCE} cloud-init single --name package_update_upgrade_install --frequency always >&2
[ -z "$(lacking)" ] || fail "the first start did not install $(lacking)"
for each in growpart resizefs; do
  sudo -n timeout {SIGN_OF_LIFE} cloud-init single --name $each --frequency always >/dev/null 2>&1 ||
    echo "$(hostname): $each did nothing; if its disk grew, its file system does at the next boot" >&2
done
{let_in(public_keys)} || fail "~/.ssh/authorized_keys was not written"
if ! [ -s {OWN_KEY}.pub ]; then
  sudo -n rm -f {OWN_KEY} && sudo -n ssh-keygen -q -t ecdsa -N '' -C '' -f {OWN_KEY} >&2 || fail "no host key of its own was made"
  sudo -n systemctl reload ssh || sudo -n systemctl reload sshd || fail "sshd does not show its new key"
  sleep 1
fi
read -r kind key _ <{OWN_KEY}.pub && echo "$kind $key"
"""
