"""A region that is a cluster of yours: image, provider and workload."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes.image import Image, ImageArgs
from components.kubernetes.workload import Workload, WorkloadArgs
from components.rollout import Placed, RolloutArgs, Serving, before
from model.kubernetes import kubeconfig
from model.kubernetes.objects import Placement, endpoint
from model.kubernetes.region import ClusterRegion as ClusterRegionSettings


@dataclass(frozen=True, kw_only=True)
class ClusterRegionArgs:
    """Relative paths of `settings` start at the rollout's project."""

    settings: ClusterRegionSettings
    rollout: RolloutArgs


@dataclass(frozen=True, kw_only=True)
class Copies:
    """A cluster's copies, as what comes after them sees them."""

    serving: pulumi.Resource
    report: pulumi.Output[str]


class ClusterRegion(pulumi.ComponentResource):
    """The service in one cluster."""

    hosts: Mapping[str, Placed]
    """None has a name of its own."""
    last: Sequence[Serving]
    """The copies: the next region waits for them."""
    endpoint: pulumi.Output[str]
    """Where users reach it: the entrance or, without one, the Service."""

    def __init__(
        self, name: str, args: ClusterRegionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("slipway:index:ClusterRegion", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings, rollout = args.settings, args.rollout
        assert rollout.artifact, "settings refuse a pin where there is a cluster"
        cluster, path = settings.cluster, settings.cluster.path(rollout.project)
        image = Image(
            name,
            ImageArgs(
                service=rollout.service,
                artifact=rollout.artifact,
                architectures=cluster.architectures,
                repository=settings.repository,
                project=rollout.project,
            ),
            child,
        )
        provider = kubernetes.Provider(
            name,
            kubeconfig=str(path),
            context=cluster.context,
            cluster_identifier=kubeconfig.read(
                path, cluster.context, f"slipway:regions.{name}.cluster"
            ).identity,
            enable_server_side_apply=True,
            opts=child,
        )
        placement = Placement(
            service=rollout.service,
            workload=settings.workload,
            policy=rollout.policy,
            image=image.reference,
            version=rollout.artifact.version,
            architectures=cluster.architectures,
            owner=f"{rollout.owner}/{name}",
            files=rollout.artifact.files,
            secrets=rollout.secrets,
        )
        waits = before(f"{name}-pause-0", rollout.policy, rollout.after, self)
        workload = Workload(
            name,
            WorkloadArgs(placement=placement, before_copies=[image.pushed, *waits]),
            pulumi.ResourceOptions(parent=self, provider=provider),
        )
        self.hosts, self.last = (
            {},
            [Copies(serving=workload.deployment, report=pulumi.Output.from_input(workload.release))],
        )
        self.endpoint = pulumi.Output.from_input(endpoint(rollout.service, settings.workload))
        self._cluster = {
            "namespace": placement.namespace,
            "deployment": rollout.service.name,
            "image": image.reference,
            "release": workload.release,
        }
        self.register_outputs({"endpoint": self.endpoint})

    @property
    def summary(self) -> pulumi.Output[dict[str, Any]]:
        """What the stack tells about it: its endpoint, and what its copies are made from."""
        return pulumi.Output.all(endpoint=self.endpoint, securityGroups={}, hosts={}, cluster=self._cluster)


def placed(name: str, settings: ClusterRegionSettings, rollout: RolloutArgs) -> ClusterRegion:
    """The service there."""
    return ClusterRegion(name, ClusterRegionArgs(settings=settings, rollout=rollout))
