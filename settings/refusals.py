"""What settings that are right one by one cannot be together: one question after the other, until one finds something."""

import datetime
from collections.abc import Iterable, Iterator
from pathlib import Path

from model import carried, kind, own_file, workload
from model.eks import stack as on_aws
from model.front_door import refusals as front_door
from model.kubernetes import kubeconfig
from model.kubernetes import region as cluster_region
from model.machines import monitoring
from model.refusal import Refusal
from settings.fields import NAMESPACE, Settings


def refuse(settings: Settings, project: Path) -> None:
    """Raises Refusal."""
    for lines in _questions(settings, project):
        if found := list(lines):
            raise Refusal(found)
    ways = {
        name: kubeconfig.read(
            one.cluster.path(project), one.cluster.context, f"{NAMESPACE}:regions.{name}.cluster"
        ).way
        for name, one in settings.clusters.items()
    }
    if found := cluster_region.twins(settings.clusters, ways, settings.service):
        raise Refusal(found)


def _questions(settings: Settings, project: Path) -> Iterator[Iterable[str]]:
    service = settings.service
    yield carried.refusals(service, settings.service_secrets) + own_file.refusals(service.files, project)
    yield monitoring.refusals(settings.plain_regions, service, settings.secrets)
    yield on_aws.refusals(
        settings.cloud_regions,
        settings.eks_regions,
        service,
        protected=settings.protected,
        door=settings.front_door.name if settings.front_door else None,
        elsewhere=[name for name in settings.regions if name not in settings.aws_regions],
        today=datetime.datetime.now(datetime.UTC).date(),
    )
    edges = [name for name, region in settings.plain_regions.items() if region.edge]
    elsewhere = settings.regions.keys() - settings.plain_regions.keys()
    nameless = [name for name, region in settings.regions.items() if not region.host_names]
    yield kind.refusals(service, edges, elsewhere, nameless)
    if settings.front_door:
        yield cluster_region.refusals(settings.clusters)
    yield front_door.refusals(settings.front_door, settings.places)
    yield _called_alike(settings)
    if settings.release.pin:
        yield on_aws.pinned(settings.eks_regions)
    clusters = {**settings.clusters, **settings.eks_regions}
    workloads = {name: region.workload for name, region in clusters.items()}
    yield workload.refusals(workloads, service, settings.release)


def _called_alike(settings: Settings) -> Iterator[str]:
    """Commands name a machine by region and name, or by the place of DNS hosts and name."""
    machines = {
        f"{name}/{machine.name}"
        for name, region in settings.plain_regions.items()
        for machine in (*region.hosts, region.edge, region.monitor)
        if machine
    }
    for place, servers in (settings.front_door.hosts if settings.front_door else {}).items():
        for host in servers.hosts:
            if f"{place}/{host.name}" in machines:
                yield (
                    f"{NAMESPACE}:frontDoor.hosts.{place} has a host {host.name}, as {NAMESPACE}:regions.{place} has, and "
                    f"commands call both {place}/{host.name}; give one another name."
                )
