"""A region that is a cluster of yours, by a kubeconfig file and a context in it, both named."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from model.architecture import Architecture
from model.place import Place
from model.service import Service
from model.setting import Address, Setting
from model.traffic import Traffic
from model.workload import Repository, Workload


def _some(value: tuple[Architecture, ...]) -> tuple[Architecture, ...]:
    if not value or len(set(value)) < len(value):
        raise ValueError('must name each architecture of the nodes once, such as ["amd64", "arm64"]')
    return value


class Cluster(Setting):
    """Where the cluster is. What is current in a kubeconfig, and KUBECONFIG, play no part."""

    kubeconfig: Annotated[str, Field(min_length=1)]
    """A file, relative to the project or below `~`. What it holds stays in it."""
    context: Annotated[str, Field(min_length=1)]
    """One of the file's contexts: cluster and user."""
    architectures: Annotated[tuple[Architecture, ...], AfterValidator(_some)]
    """Of the nodes that may run the service; the image has one binary for each."""

    def path(self, project: Path) -> Path:
        """The file on this machine."""
        return project / Path(self.kubeconfig).expanduser()


class ClusterRegion(Traffic):
    """A `cluster` that is there already, and what runs in it."""

    cluster: Cluster
    """Where it is."""
    repository: Repository
    """Where the image goes, with whatever credentials this machine has for the registry."""
    workload: Workload = Workload()
    """What runs there."""
    answers: tuple[Address, ...] = ()
    """The addresses of the entrance as users reach it, with which a front door answers for this region."""

    @property
    def host_names(self) -> tuple[str, ...]:
        """None: a cluster places copies by itself."""
        return ()

    def place(self, service: Service) -> Place:
        """It as the front door sees it. Copies that are not well leave the Service without anybody's asking."""
        entrance = self.workload.entrance
        return Place(
            kind="machines",
            traffic=self,
            port=443,
            machines=self.workload.replicas.min,
            own_names=self.answers,
            served_names=(entrance.domain,) if entrance else (),
            answers=self.answers,
            tls=entrance is not None,
        )


def twins(regions: Mapping[str, ClusterRegion], ways: Mapping[str, str], service: Service) -> list[str]:
    """One sentence for each that is where another one is; `ways` are how kubeconfigs lead to their clusters."""
    lines, taken = list[str](), dict[tuple[str, str], str]()
    for name, region in regions.items():
        namespace = region.workload.namespace or service.name
        other = taken.setdefault((ways[name], namespace), name)
        if other != name:
            lines.append(
                f"slipway:regions.{name} is namespace {namespace} of the cluster in which slipway:regions.{other} is: "
                "each would overwrite and delete what the other one made; name another workload.namespace, or remove one of them."
            )
    return lines


def refusals(regions: Mapping[str, ClusterRegion]) -> list[str]:
    """One sentence for each that a front door cannot send users to."""
    return [
        f"slipway:regions.{name} is a cluster, whose address the front door cannot know; "
        f"write the IP addresses at which users reach its entrance into slipway:regions.{name}.answers."
        for name, region in regions.items()
        if not region.answers
    ]
