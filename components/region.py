"""One region: the service on each of its hosts, and what stands in front of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi

from components import bundle
from components.artifact import Artifact
from components.hosts import Host, configured_host, configured_hosts
from components.installation import Installation, InstallationArgs
from components.load_balancer import Edge, EdgeArgs
from model.region import Region as RegionSettings
from model.release import service_release
from model.release_policy import ReleasePolicy
from model.service import Service


@dataclass(frozen=True, kw_only=True)
class RegionArgs:
    """`owner` is the stack's name as hosts remember it; relative paths of `settings` start at `project`."""

    settings: RegionSettings
    service: Service
    policy: ReleasePolicy
    artifact: Artifact
    owner: str
    project: Path
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class Region(pulumi.ComponentResource):
    """The service in one place."""

    endpoint: pulumi.Output[str]
    """Where users reach it: the edge's URL or, without an edge, the first host's."""
    summary: pulumi.Output[dict[str, Any]]
    """What the stack tells about it: its endpoint, and what runs on each host."""

    def __init__(self, name: str, args: RegionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Region", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        bundles = args.project / ".slipway" / "bundles"
        hosts = configured_hosts(args.settings, args.project)

        def installed(host: Host) -> Installation:
            binary = args.artifact.binaries[host.architecture]
            release = service_release(
                args.service, args.policy, host.architecture, args.artifact.version, binary
            )
            return Installation(
                f"{name}-{host.name}",
                InstallationArgs(
                    host=host,
                    bundle=bundle.write(release, bundles),
                    owner=f"{args.owner}/{name}-{host.name}",
                    secrets=args.secrets,
                    install_packages=args.policy.install_packages,
                ),
                child,
            )

        installations = {host.name: installed(host) for host in hosts}
        upstreams = tuple(f"{host.address}:{args.service.port}" for host in args.settings.hosts)
        if args.settings.edge:
            edge = Edge(
                f"{name}-{args.settings.edge.name}",
                EdgeArgs(
                    host=configured_host(args.settings.edge, args.settings.login, args.project),
                    service=args.service,
                    policy=args.policy,
                    upstreams=upstreams,
                    listen=args.settings.edge.listen,
                    owner=f"{args.owner}/{name}-{args.settings.edge.name}",
                    bundles=bundles,
                ),
                # The edge opens only once there is something behind it.
                pulumi.ResourceOptions(parent=self, depends_on=list(installations.values())),
            )
            self.endpoint = edge.url
        else:
            self.endpoint = pulumi.Output.from_input(f"http://{upstreams[0]}/")

        reports = {
            host: installation.report.apply(json.loads) for host, installation in installations.items()
        }
        self.summary = pulumi.Output.all(
            endpoint=self.endpoint, hosts=pulumi.Output.all(**reports).apply(_told)
        )
        self.register_outputs({"endpoint": self.endpoint})


def _told(reports: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Of each host's report what other stacks may build on; slot and pid change with every start."""
    kept = ("release", "version", "architecture", "sha256")
    return {host: {key: report[key] for key in kept} for host, report in reports.items()}
