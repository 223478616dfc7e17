"""A region that is a cluster: image, provider and workload."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes.image import Image, ImageArgs
from components.kubernetes.workload import Workload, WorkloadArgs
from components.rollout import Placed, RolloutArgs, Serving, before
from model.architecture import Architecture
from model.kubernetes import kubeconfig
from model.kubernetes.objects import Placement, endpoint
from model.kubernetes.region import ClusterRegion as ClusterRegionSettings
from model.workload import Workload as WorkloadSettings


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A cluster as the program reaches it, and its nodes the image.

    The image waits for `repository_made`, all objects for `ready`. Of a cluster that the program makes, `target_group` is the
    load balancer's that copies join, and `told` more about it for the stack's outputs.
    """

    provider: kubernetes.Provider
    architectures: tuple[Architecture, ...]
    repository: str
    repository_made: Sequence[pulumi.Resource] = ()
    ready: Sequence[pulumi.Resource] = ()
    target_group: pulumi.Output[str] | None = None
    told: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ClusterRegionArgs:
    """`reached` makes the cluster known; it is given the options of what belongs to the region."""

    workload: WorkloadSettings
    rollout: RolloutArgs
    reached: Callable[[pulumi.ResourceOptions], Reached]


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
    told: Mapping[str, pulumi.Input[str]]
    """What its copies are made from."""

    def __init__(
        self, name: str, args: ClusterRegionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("slipway:index:ClusterRegion", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        rollout, cluster = args.rollout, args.reached(child)
        assert rollout.artifact, "settings refuse a pin where there is a cluster"
        image = Image(
            name,
            ImageArgs(
                service=rollout.service,
                artifact=rollout.artifact,
                architectures=cluster.architectures,
                repository=cluster.repository,
                project=rollout.project,
                after=cluster.repository_made,
            ),
            child,
        )
        placement = Placement(
            service=rollout.service,
            workload=args.workload,
            policy=rollout.policy,
            image=image.reference,
            version=rollout.artifact.version,
            architectures=cluster.architectures,
            owner=f"{rollout.owner}/{name}",
            files=rollout.artifact.files,
            secrets=rollout.secrets,
            target_group=cluster.target_group,
        )
        waits = before(f"{name}-pause-0", rollout.policy, rollout.after, self)
        workload = Workload(
            name,
            WorkloadArgs(placement=placement, before_copies=[image.pushed, *waits], after=cluster.ready),
            pulumi.ResourceOptions(parent=self, provider=cluster.provider),
        )
        self.hosts, self.last = (
            {},
            [Copies(serving=workload.deployment, report=pulumi.Output.from_input(workload.release))],
        )
        self.endpoint = pulumi.Output.from_input(endpoint(rollout.service, args.workload))
        self.told = {
            "namespace": placement.namespace,
            "deployment": rollout.service.name,
            "image": image.reference,
            "release": workload.release,
            **cluster.told,
        }
        self.register_outputs({"endpoint": self.endpoint})

    @property
    def summary(self) -> pulumi.Output[dict[str, Any]]:
        """What the stack tells about it: its endpoint, and what its copies are made from."""
        return pulumi.Output.all(endpoint=self.endpoint, securityGroups={}, hosts={}, cluster=self.told)


def placed(name: str, settings: ClusterRegionSettings, rollout: RolloutArgs) -> ClusterRegion:
    """The service in a cluster that is there; relative paths of `settings` start at the rollout's project."""

    def reached(child: pulumi.ResourceOptions) -> Reached:
        cluster, path = settings.cluster, settings.cluster.path(rollout.project)
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
        return Reached(provider=provider, architectures=cluster.architectures, repository=settings.repository)

    return ClusterRegion(
        name, ClusterRegionArgs(workload=settings.workload, rollout=rollout, reached=reached)
    )
