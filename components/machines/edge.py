"""What stands in front of plain hosts: a machine of one's own with nginx."""

from dataclasses import dataclass
from pathlib import Path

import pulumi

from components import bundle
from components.hosts import Host
from components.installation import Installation, InstallationArgs
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
    owner: str
    bundles: Path


class Edge(pulumi.ComponentResource):
    """nginx before the hosts: fewest connections first, failing hosts left out, only idempotent requests tried again."""

    url: pulumi.Output[str]

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Edge", name, {}, opts)
        release = edge_release(args.service, args.policy, args.listen, args.upstreams)
        Installation(
            name,
            InstallationArgs(
                host=args.host,
                release=bundle.write(release, args.bundles),
                owner=args.owner,
                install_packages=args.policy.install_packages,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        port = "" if args.listen == 80 else f":{args.listen}"
        self.url = pulumi.Output.format("http://{0}{1}/", args.host.address, port)
        self.register_outputs({"url": self.url})
