"""All that can be set: the keys of `config:` in a stack file, as types. Not for reading them."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field

from model import rollout
from model.architecture import Architecture
from model.aws import instance_type
from model.aws.account import Account, Whose
from model.aws.cloud_region import CloudRegion
from model.aws.tags import Tags
from model.eks.region import EksRegion
from model.front_door.front_door import FrontDoor
from model.front_door.plan import plan, release_order
from model.front_door.rule import Facts
from model.kubernetes.region import ClusterRegion
from model.login import Login
from model.machines.region import Region
from model.notify import Notify
from model.place import Place
from model.refusal import Refusal
from model.release_policy import ReleasePolicy
from model.rollout import Rollout
from model.service import EnvironmentName, Service
from model.setting import Name, Setting
from settings.any_region import AnyRegion

NAMESPACE = "slipway"


class Settings(Setting):
    """Everything that can be set. Its fields are the keys of `config:` in Pulumi.yaml, and no others."""

    service: Service
    """The Go program."""
    regions: Annotated[dict[Name, AnyRegion], Field(min_length=1)]
    """Where it runs. In place of a region's keys, `inventory: FILE` names a JSON file that holds them."""
    front_door: FrontDoor | None = None
    """The one name before all regions, and what moves users between them."""
    release: ReleasePolicy = ReleasePolicy()
    """How a release is brought onto hosts."""
    secrets: dict[EnvironmentName, str] = Field(default={}, repr=False)
    """Environment variables that must stay secret: `pulumi config set --secret --path 'slipway:secrets.NAME'`."""
    notify: Notify | None = None
    """Whom `make up` tells how it went."""
    protected: bool = False
    """Whether people depend on it: a run that would delete or replace what they cannot do without is refused in its preview
    (docs/aws.md), AWS itself refuses to delete load balancers, instances and full buckets, and nothing is served over plain
    HTTP or open to strangers. On AWS."""
    tags: Tags = Tags()
    """Who answers for what is made, as tags on all of it. On AWS."""
    aws: Account = Account()
    """In whose account all of it is made. On AWS."""

    def whose(self, project: str, stack: str) -> Whose:
        """To whom belongs what is made on AWS."""
        return Whose(tags=self.tags.all(project, stack, self.service.name), account=self.aws.account)

    @property
    def cloud_regions(self) -> dict[str, CloudRegion]:
        """Those whose instances are made on AWS."""
        return {name: region for name, region in self.regions.items() if isinstance(region, CloudRegion)}

    @property
    def eks_regions(self) -> dict[str, EksRegion]:
        """Those whose cluster is made on AWS."""
        return {name: region for name, region in self.regions.items() if isinstance(region, EksRegion)}

    @property
    def aws_regions(self) -> dict[str, CloudRegion | EksRegion]:
        """All that are on AWS, in their order."""
        kinds = (CloudRegion, EksRegion)
        return {name: region for name, region in self.regions.items() if isinstance(region, kinds)}

    @property
    def let_in_by(self) -> dict[str, tuple[str, ...]]:
        """The ranges that each bastion lets in, by their key."""
        return {
            f"{NAMESPACE}:regions.{name}.access.bastion.operatorCidrs": region.access.operator_cidrs
            for name, region in self.cloud_regions.items()
            if region.access.bastion
        }

    @property
    def plain_regions(self) -> dict[str, Region]:
        """Those whose machines are there already."""
        return {name: region for name, region in self.regions.items() if isinstance(region, Region)}

    @property
    def logins(self) -> dict[str, Login]:
        """Who logs in, by the key under which it is said."""
        servers = self.front_door.hosts if self.front_door else {}
        regions = {
            f"regions.{name}": region.login
            for name, region in self.regions.items()
            if not isinstance(region, ClusterRegion | EksRegion)
        }
        return regions | {f"frontDoor.hosts.{name}": each.login for name, each in servers.items()}

    @property
    def monitor_secrets(self) -> dict[str, str]:
        """Those that monitors tell others with, and the service does not get."""
        wanted = {
            name
            for region in self.plain_regions.values()
            for name in (region.monitor.alerts.secrets if region.monitor else ())
        }
        return {name: value for name, value in self.secrets.items() if name in wanted}

    @property
    def service_secrets(self) -> dict[str, str]:
        """The service's own."""
        return {name: value for name, value in self.secrets.items() if name not in self.monitor_secrets}

    @property
    def door(self) -> Facts | None:
        """All that is known beforehand about the front door, if there is one."""
        if not (door := self.front_door):
            return None
        made = plan(door, self.places, self.service)
        return Facts(door=door, places=self.places, service=self.service, plan=made)

    @property
    def places(self) -> dict[str, Place]:
        """All regions as the front door sees them, in the order of their priority."""
        return {name: region.place(self.service) for name, region in self.regions.items()}

    @property
    def in_order(self) -> dict[str, AnyRegion]:
        """Regions in the order in which a release reaches them: behind a front door the primary last."""
        order = release_order(self.places) if self.front_door else self.regions
        return {name: self.regions[name] for name in order}

    @property
    def clusters(self) -> dict[str, ClusterRegion]:
        """Those that are clusters which are there already."""
        return {name: region for name, region in self.regions.items() if isinstance(region, ClusterRegion)}

    @property
    def architectures(self) -> set[Architecture]:
        """What must be built, as far as it is known before a cloud is asked."""
        hosts = {host.architecture for region in self.plain_regions.values() for host in region.hosts}
        return hosts | {each for region in self.clusters.values() for each in region.cluster.architectures}

    def missing_keys(self, project: Path) -> dict[str, Path]:
        """The private keys that are not on this machine, by the key under which their login is said."""
        paths = {name: login.key_path(project) for name, login in self.logins.items()}
        return {name: path for name, path in paths.items() if path and not path.is_file()}

    def settled(self) -> Self:
        """With a level in place of each `auto`."""
        types = [each for region in self.aws_regions.values() for each in region.instance_types]
        certain = [(instance_type.architecture(each), instance_type.level(each)) for each in types]
        known = [(architecture, level) for architecture, level in certain if architecture]
        levels = self.service.levels.chosen([*((each, None) for each in self.architectures), *known])
        return self.model_copy(update={"service": self.service.model_copy(update={"levels": levels})})

    def refuse_unsigned(self) -> None:
        """Raises Refusal for a release that its hosts would refuse. `make promote` reads stacks before their first artifact."""
        if self.release.signed_by and not self.service.artifact and not self.release.pin:
            raise Refusal(
                [
                    f"{NAMESPACE}:release.signedBy is set, and {NAMESPACE}:service has no artifact: what is built here is "
                    "signed by nobody; let `make promote` write one, or take signedBy out."
                ]
            )

    def rollout(self) -> Rollout:
        """In which order the release reaches all hosts. Raises Refusal when that takes too long."""
        hosts = {name: region.host_names for name, region in self.in_order.items()}
        return rollout.plan(hosts, self.release, self.service)
