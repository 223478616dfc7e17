"""One region: the service on each of its hosts, and what stands in front of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi_command as command

from components import bundle
from components.artifact import Artifact
from components.bundle import Bundle
from components.edge import Edge, EdgeArgs
from components.hosts import Host, configured_host, configured_hosts
from components.installation import Installation, InstallationArgs, Kept
from model import remote_script
from model.architecture import Architecture
from model.region import Region as RegionSettings
from model.release import service_release
from model.release_policy import ReleasePolicy
from model.service import Service


@dataclass(frozen=True, kw_only=True)
class RegionArgs:
    """`owner` is the stack's name as hosts remember it; relative paths of `settings` start at `project`.

    Without an `artifact` hosts turn on the release that the policy pins.
    `batches` are the names of the hosts, batch by batch; the first waits for `after`, the last batch of another region.
    """

    settings: RegionSettings
    service: Service
    policy: ReleasePolicy
    artifact: Artifact | None
    batches: Sequence[Sequence[str]]
    owner: str
    project: Path
    after: Sequence[Installation] = ()
    confirm_within: int | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class Region(pulumi.ComponentResource):
    """The service in one place."""

    installations: dict[str, Installation]
    """By host name."""
    last: Sequence[Installation]
    """The last batch, for which the next region waits."""
    endpoint: pulumi.Output[str]
    """Where users reach it: the edge's URL or, without an edge, the first host's."""

    def __init__(self, name: str, args: RegionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Region", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        bundles = args.project / ".slipway" / "bundles"
        hosts = {host.name: host for host in configured_hosts(args.settings, args.project)}

        def installed(host: Host, after: Sequence[pulumi.Resource]) -> Installation:
            return Installation(
                f"{name}-{host.name}",
                InstallationArgs(
                    host=host,
                    release=release(args, host.architecture, bundles),
                    owner=f"{args.owner}/{name}-{host.name}",
                    after=after,
                    confirm_within=args.confirm_within,
                    secrets=args.secrets,
                    install_packages=args.policy.install_packages,
                ),
                child,
            )

        self.installations, self.last = {}, args.after
        for number, batch in enumerate(args.batches):
            before: list[pulumi.Resource] = [installation.apply for installation in self.last]
            if before and args.policy.pause:
                before = [_pause(f"{name}-pause-{number}", args.policy.pause, self.last, self)]
            made = {host: installed(hosts[host], before) for host in batch}
            self.installations |= made
            self.last = tuple(made.values())

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
                pulumi.ResourceOptions(
                    parent=self, depends_on=[each.apply for each in self.installations.values()]
                ),
            )
            self.endpoint = edge.url
        else:
            self.endpoint = pulumi.Output.from_input(f"http://{upstreams[0]}/")

        self.register_outputs({"endpoint": self.endpoint})

    @property
    def summary(self) -> pulumi.Output[dict[str, Any]]:
        """What the stack tells about it: its endpoint, and what each host said last that it runs."""
        reports = {host: each.report.apply(json.loads) for host, each in self.installations.items()}
        return pulumi.Output.all(endpoint=self.endpoint, hosts=pulumi.Output.all(**reports).apply(_told))


def release(args: RegionArgs, architecture: Architecture, bundles: Path) -> Bundle | Kept:
    """What a host of that architecture gets: a bundle of what was built or, where a release is pinned, one that it keeps."""
    if args.artifact is None:
        pin = args.policy.pin
        waits = remote_script.whole(args.service.health.deadline + args.policy.watch + args.policy.drain)
        return Kept(service=args.service.name, ids=pin if isinstance(pin, tuple) else None, waits=waits)
    binary = args.artifact.binaries[architecture]
    made = service_release(args.service, args.policy, architecture, args.artifact.version, binary)
    return bundle.write(made, bundles)


def _pause(name: str, seconds: float, after: Sequence[Installation], region: Region) -> command.local.Command:
    """A wait on this machine. What `after` reported is its input, so it runs only when one of them did something."""
    return command.local.Command(
        name,
        create=f"sleep {seconds:g}",
        stdin=pulumi.Output.json_dumps([installation.report for installation in after]),
        add_previous_output_in_env=False,
        logging=command.local.Logging.NONE,
        opts=pulumi.ResourceOptions(parent=region, depends_on=[installation.apply for installation in after]),
    )


def _told(reports: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Of each host's report what other stacks may build on; slot and pid change with every start."""
    kept = ("release", "version", "architecture", "sha256")
    return {host: {key: report[key] for key in kept} for host, report in reports.items()}
