"""What stands in front of plain hosts: a machine of one's own with nginx."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components import bundle
from components.hosts import Host
from components.installation import Installation, InstallationArgs
from model.base import Base
from model.door import EdgeDoor
from model.release import edge_release
from model.release_policy import ReleasePolicy
from model.service import Service


@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """`upstreams` are `address:port` of the hosts, `listen` is the edge's own port."""

    host: Host
    service: Service
    policy: ReleasePolicy
    upstreams: tuple[str, ...]
    listen: int
    door: EdgeDoor
    base: Base
    owner: str
    bundles: Path


class Edge(pulumi.ComponentResource):
    """nginx before the hosts: fewest connections first, hosts left out whose proxy cannot be reached."""

    installation: Installation
    """Its site."""
    checked: Sequence[pulumi.Resource]
    """Done when the edge would take its site: what changes the hosts waits for it."""

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Edge", name, {}, opts)
        release = edge_release(args.service, args.policy, args.listen, args.upstreams, args.door, args.base)
        self._guarded = args.base.firewall is not None
        self.installation = Installation(
            name,
            InstallationArgs(
                host=args.host,
                release=bundle.write(release, args.bundles),
                owner=args.owner,
                install_packages=args.policy.install_packages,
                check_first=True,
                guarded=self._guarded,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.checked = [self.installation.checked] if self.installation.checked else []
        self.register_outputs({})

    def open(self, after: Sequence[pulumi.Resource]) -> None:
        """Sends requests to the hosts, once there is something behind it."""
        self.installation.turn_on(after)
        if self._guarded:
            self.installation.confirm()
