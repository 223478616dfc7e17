"""A region of machines that are there already: the service on each of them, and what stands in front."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components import rendered
from components.machines.edge import Edge, EdgeArgs
from components.machines.monitor import Monitor, MonitorArgs
from components.machines.plain_hosts import configured_host, configured_hosts
from components.rollout import Placed, RolloutArgs, place, told
from model.door import authority
from model.machines.region import Edge as EdgeSettings
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
    monitor: Monitor | None = None
    """What watches them, once `watch` has been called."""
    endpoint: pulumi.Output[str]
    """Where users reach it: the edge's URL or, without an edge, the first host's."""

    def __init__(self, name: str, args: RegionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Region", name, {}, opts)
        settings, rollout = args.settings, args.rollout
        self._name, self._args, self._edge_last = name, args, list[pulumi.Resource]()
        hosts = {host.name: host for host in configured_hosts(settings, rollout.service, rollout.project)}
        upstreams = tuple(authority(host.address, rollout.service.port) for host in settings.hosts)
        edge = self._edge(name, settings.edge, args, upstreams) if settings.edge else None
        # A rollback goes on whatever became of the edge: its site is no part of it.
        first = edge.checked if edge and rollout.artifact else ()
        self.hosts, self.last = place(name, rollout, lambda host, _: hosts[host], self, first=first)

        if edge and settings.edge:
            edge.open([each.installation.apply for each in self.hosts.values()])
            url = settings.edge.url
            self._edge_last = [edge.installation.apply]
        else:
            asked = rollout.service.kind == "service"
            url = f"http://{upstreams[0]}/" if asked else ""
            if asked and len(upstreams) > 1:
                pulumi.log.warn(
                    f"region {name} has {len(upstreams)} hosts and no edge: its url is that of {settings.hosts[0].name} alone"
                )
        self.endpoint = pulumi.Output.from_input(url)

        everything = [
            *(each.installation for each in self.hosts.values()),
            *([edge.installation] if edge else []),
        ]
        self.register_outputs({"endpoint": self.endpoint, "rendered": rendered.told(everything)})

    def watch(self, after: Sequence[pulumi.Resource]) -> None:
        """Has the region's machines watched, if that is wanted; after all that is released, so that it is in nobody's way."""
        settings, rollout = self._args.settings, self._args.rollout
        if (monitor := settings.monitor) is None:
            return
        wanted = monitor.alerts.secrets
        self.monitor = Monitor(
            f"{self._name}-{monitor.name}",
            MonitorArgs(
                host=configured_host(monitor, settings.login, rollout.project),
                duty=settings.duty(self._name, monitor, rollout.service),
                policy=rollout.policy,
                base=settings.monitor_base(monitor, rollout.service),
                owner=f"{rollout.owner}/{self._name}-{monitor.name}",
                bundles=rollout.bundles,
                after=[*after, *self._edge_last],
                secrets={name: rollout.monitor_secrets[name] for name in wanted},
            ),
            pulumi.ResourceOptions(parent=self),
        )

    def _edge(self, name: str, edge: EdgeSettings, args: RegionArgs, upstreams: tuple[str, ...]) -> Edge:
        settings, rollout = args.settings, args.rollout
        return Edge(
            f"{name}-{edge.name}",
            EdgeArgs(
                host=configured_host(edge, settings.login, rollout.project),
                service=rollout.service,
                policy=rollout.policy,
                upstreams=upstreams,
                listen=edge.listen,
                door=settings.edge_door(edge),
                base=settings.edge_base(edge, rollout.service),
                owner=f"{rollout.owner}/{name}-{edge.name}",
                bundles=rollout.bundles,
            ),
            pulumi.ResourceOptions(parent=self),
        )

    @property
    def summary(self) -> pulumi.Output[dict[str, Any]]:
        """What the stack tells about it: its endpoint, and what each host said last that it runs."""
        monitor = self._args.settings.monitor
        watched = {"monitor": monitor.url} if monitor else {}
        return pulumi.Output.all(endpoint=self.endpoint, securityGroups={}, hosts=told(self.hosts), **watched)
