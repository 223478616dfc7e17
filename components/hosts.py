"""Hosts as every other component sees them: something with an architecture that can be reached over SSH with a pinned key."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_command as command

from model.architecture import Architecture
from model.base import BARE, Base
from model.door import HostDoor
from model.login import Login

DIAL_ERROR_LIMIT, SECONDS_PER_DIAL = 1, 15
"""Two attempts. The provider tries a refused login again like everything else, and at the third Debian 13's sshd locks this
machine out for a while (PerSourcePenalties). Who is gone is named within half a minute."""

KEYS_OF_A_CONNECTION = ("connection.privateKey", "connection.proxy.privateKey")


@dataclass(frozen=True, kw_only=True)
class Host:
    """One machine. `identity` changes when another machine takes its place; `resource` is what makes it, if the program does.

    Nothing is done on it before `ready`, which waits for a new machine's first start.
    """

    name: str
    address: pulumi.Input[str]
    architecture: Architecture
    connection: command.remote.ConnectionArgs
    identity: pulumi.Input[str]
    resource: pulumi.Resource | None = None
    ready: pulumi.Resource | None = None
    door: HostDoor | None = None
    """Who comes in at its port, where that differs from host to host."""
    base: Base = BARE
    """What the machine itself gets."""


def private_key(login: Login, project: Path) -> str | None:
    """What stands in the key's file; None where the SSH agent has the key, or a preview does without."""
    path = login.key_path(project)
    return path.read_text() if path and path.is_file() else None


def keep_keys(missing: Mapping[str, Path]) -> None:
    """Where a preview does without private keys, each connection keeps the one that the state has, and shows no change."""
    if missing:
        pulumi.runtime.register_stack_transformation(keeping_keys)


def keeping_keys(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """A transformation for all resources of a stack."""
    if not args.type_.startswith("command:remote:"):
        return None
    ignored = [*(args.opts.ignore_changes or ()), *KEYS_OF_A_CONNECTION]
    opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(ignore_changes=ignored))
    return pulumi.ResourceTransformationResult(props=args.props, opts=opts)
