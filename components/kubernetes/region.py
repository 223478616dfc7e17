"""A region that is a cluster: image, provider and workload."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes.image import Image, ImageArgs
from components.kubernetes.pinned import pinned
from components.kubernetes.workload import Workload, WorkloadArgs
from components.rollout import Placed, RolloutArgs, Serving, before
from model.architecture import Architecture
from model.kubernetes import kubeconfig
from model.kubernetes.objects import Placement, endpoint
from model.kubernetes.region import ClusterRegion as ClusterRegionSettings
from model.workload import Workload as WorkloadSettings

PATIENCE = kubernetes.KubeClientSettingsArgs(timeout=20)
"""Seconds for one request. The provider makes two before it takes a cluster for one that does not answer, 32 s each by default,
and whoever deploys shall know within a minute (`owned` waits once more)."""


@dataclass(frozen=True, kw_only=True)
class Reached:
    """A cluster as the program reaches it, and its nodes the image. `kubeconfig` and `context` are the provider's.

    The image waits for `repository_made`, all objects for `ready`. Of a cluster that the program makes, `target_group` is the
    load balancer's that copies join, and `told` more about it for the stack's outputs.
    """

    provider: kubernetes.Provider
    kubeconfig: pulumi.Input[str]
    context: str
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
    version: str
    """Of the service, as copies run it."""

    def __init__(
        self, name: str, args: ClusterRegionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("slipway:index:ClusterRegion", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        rollout, cluster = args.rollout, args.reached(child)
        placement, pushed = self._placement(name, args.workload, rollout, cluster, child)
        waits = before(f"{name}-pause-0", rollout.policy, rollout.after, self)
        workload = Workload(
            name,
            WorkloadArgs(
                placement=placement,
                kubeconfig=cluster.kubeconfig,
                context=cluster.context,
                before_copies=[*pushed, *waits],
                after=cluster.ready,
            ),
            pulumi.ResourceOptions(parent=self, provider=cluster.provider),
        )
        self.version = placement.version
        self.hosts, self.last = (
            {},
            [Copies(serving=workload.deployment, report=pulumi.Output.from_input(workload.release))],
        )
        self.endpoint = pulumi.Output.from_input(endpoint(rollout.service, args.workload))
        self.told = {
            "namespace": placement.namespace,
            "deployment": rollout.service.name,
            # Of a run that failed and was put back, the outputs stay as they were.
            "image": workload.deployment.id.apply(lambda _: placement.image),
            "release": workload.deployment.id.apply(lambda _: workload.release),
            **cluster.told,
        }
        self.register_outputs({"endpoint": self.endpoint})

    def _placement(
        self,
        name: str,
        workload: WorkloadSettings,
        rollout: RolloutArgs,
        cluster: Reached,
        child: pulumi.ResourceOptions,
    ) -> tuple[Placement, Sequence[pulumi.Resource]]:
        """What copies are made from, and what they wait for: an image that is brought to its registry, or nothing where a kept
        release is pinned."""
        placed = Placement(
            service=rollout.service,
            workload=workload,
            policy=rollout.policy,
            image="",
            version="",
            architectures=cluster.architectures,
            owner=f"{rollout.owner}/{name}",
            secrets=rollout.secrets,
            target_group=cluster.target_group,
        )
        if rollout.artifact is None:
            kept = pinned(name, rollout.policy, cluster.kubeconfig, cluster.context, placed)
            return replace(placed, kept=kept, image=kept.image, version=kept.version), []
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
        version, files = rollout.artifact.version, rollout.artifact.files
        return replace(placed, image=image.reference, version=version, files=files), [image.pushed]

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
            kube_client_settings=PATIENCE,
            opts=child,
        )
        return Reached(
            provider=provider,
            kubeconfig=str(path),
            context=cluster.context,
            architectures=cluster.architectures,
            repository=settings.repository,
        )

    return ClusterRegion(
        name, ClusterRegionArgs(workload=settings.workload, rollout=rollout, reached=reached)
    )
