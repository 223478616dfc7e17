"""A region of machines that are there already: the service on each of them, and what stands in front."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.machines.edge import Edge, EdgeArgs
from components.machines.plain_hosts import configured_host, configured_hosts
from components.rollout import Placed, RolloutArgs, place, told
from model.machines.region import Region as RegionSettings


@dataclass(frozen=True, kw_only=True)
class RegionArgs:
    """Relative paths of `settings` start at the rollout's project."""

    settings: RegionSettings
    rollout: RolloutArgs


class Region(pulumi.ComponentResource):
    """The service in one place."""

    hosts: dict[str, Placed]
    """By name."""
    last: Sequence[Placed]
    """The last batch, for which the next region waits."""
    endpoint: pulumi.Output[str]
    """Where users reach it: the edge's URL or, without an edge, the first host's."""

    def __init__(self, name: str, args: RegionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Region", name, {}, opts)
        settings, rollout = args.settings, args.rollout
        hosts = {host.name: host for host in configured_hosts(settings, rollout.project)}
        self.hosts, self.last = place(name, rollout, lambda host, _: hosts[host], self)

        upstreams = tuple(f"{host.address}:{rollout.service.port}" for host in settings.hosts)
        if settings.edge:
            edge = Edge(
                f"{name}-{settings.edge.name}",
                EdgeArgs(
                    host=configured_host(settings.edge, settings.login, rollout.project),
                    service=rollout.service,
                    policy=rollout.policy,
                    upstreams=upstreams,
                    listen=settings.edge.listen,
                    owner=f"{rollout.owner}/{name}-{settings.edge.name}",
                    bundles=rollout.bundles,
                ),
                # The edge opens only once there is something behind it.
                pulumi.ResourceOptions(
                    parent=self, depends_on=[each.installation.apply for each in self.hosts.values()]
                ),
            )
            self.endpoint = edge.url
        else:
            self.endpoint = pulumi.Output.from_input(f"http://{upstreams[0]}/")

        self.register_outputs({"endpoint": self.endpoint})

    @property
    def summary(self) -> pulumi.Output[dict[str, Any]]:
        """What the stack tells about it: its endpoint, and what each host said last that it runs."""
        return pulumi.Output.all(endpoint=self.endpoint, securityGroups={}, hosts=told(self.hosts))
